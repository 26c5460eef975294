/** Runs a program of ours where every user may read it: the checkout may be root's alone. Needs root. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.ts';

const PARTS = ['dist', 'node_modules', 'fixtures'];

const SCRIPT = `
set -e
from=$1 to=$2
shift 2
for part in ${PARTS.join(' ')} package.json; do mount --bind "$from/$part" "$to/$part"; done
exec "$@"
`;

/** The words before a command line in which \`directory\`, which everybody may enter, is the repository: a mount that only it sees. */
export function inEverybodysPlace(directory: string): readonly string[] {
  for (const part of PARTS) mkdirSync(join(directory, part), { recursive: true });
  writeFileSync(join(directory, 'package.json'), '');
  return ['unshare', '--mount', 'sh', '-c', SCRIPT, 'sh', root, directory];
}
