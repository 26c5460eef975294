/** `brood completion bash|zsh|fish`: the script that makes a shell complete the words of brood. */
import { basename } from 'node:path';
import { SCRIPTS } from './completion/scripts.ts';
import { UsageError } from './tell.ts';

/** Resolves with the exit code. */
export async function completion(words: readonly string[]): Promise<number> {
  const shells = Object.keys(SCRIPTS);
  const [shell, ...more] = words;
  const own = basename(process.env['SHELL'] ?? '');
  if (shell === undefined) throw new UsageError(`completion needs a shell: ${shells.join(', ')}${shells.includes(own) ? `; yours seems to be ${own}` : ''}`);
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined || more.length > 0) throw new UsageError(`completion is for one of ${shells.join(', ')}; got "${words.join(' ')}"`);
  process.stdout.write(script);
  return 0;
}
