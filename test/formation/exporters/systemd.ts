/** systemd as a test needs it: units read as its manual says, and units run by systemd itself. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportedFile } from '../../../lib/formation/exporters/model.ts';
import { exited, said } from '../../helpers/until.ts';

const NAMED: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', s: ' ', '\\': '\\', '"': '"', "'": "'" };
const SETTING = /^([A-Za-z]+)=(.*)$/s;

/** The words of a value, as "Quoting" of systemd.syntax(7) has them. */
export function wordsOf(value: string): readonly string[] {
  const words: string[] = [];
  const escaped = String.raw`\\(?:x[\da-f]{2}|[abfnrtvs"'\\])`;
  const word = new RegExp(String.raw`\s*(?:"((?:[^"\\]|${escaped})*)"|'((?:[^'\\]|${escaped})*)'|((?:[^\s"'\\]|${escaped})+))(?=\s|$)`, 'giy');
  while (word.lastIndex < value.trimEnd().length) {
    const [whole, double, single, bare] = word.exec(value) ?? [];
    assert.ok(whole !== undefined, `no words: ${value}`);
    const text = double ?? single ?? bare ?? '';
    words.push(
      text.replaceAll(/\\(?:x(..)|(.))/g, (_, code?: string, name = '') =>
        code === undefined ? (NAMED[name] ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
      ),
    );
  }
  return words;
}

/** `%%` is a per cent sign, anything else behind one a specifier; the same with `$` in a command. */
const doubled = (text: string, mark: string): string =>
  text.replaceAll(mark === '%' ? /%(.?)/gs : /\$(.?)/gs, (_, next: string) => {
    assert.equal(next, mark, `${mark}${next} is something else`);
    return mark;
  });

export interface ReadUnit {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What systemd would start (systemd.service(5), "Command lines"; systemd.exec(5), "Environment="; systemd.unit(5), "Specifiers"). */
export function readUnit(text: string): ReadUnit {
  const settings = text.split('\n').flatMap(line => {
    const [, name, value] = SETTING.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, value }];
  });
  const of = (wanted: string): readonly string[] => settings.filter(({ name }) => name === wanted).map(({ value }) => value);
  const pairs = of('Environment').flatMap(value => wordsOf(value).map(word => doubled(word, '%')));
  return {
    argv: of('ExecStart').flatMap(value => wordsOf(value).map(word => doubled(doubled(word, '%'), '$'))),
    env: Object.fromEntries(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])),
    cwd: doubled(of('WorkingDirectory')[0] ?? '', '%'),
  };
}

/** What systemd's own checker says about units: nothing, when all is well. */
export function verify(directory: string, files: readonly ExportedFile[]): string {
  const paths = files.map(({ name, text }) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  });
  const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${directory}:` },
  });
  return status === 0 ? stderr : `${stderr}\nstatus ${status}`;
}

/** A manager of its own in a mount namespace, where /run says that systemd has booted. */
const MANAGER =
  'mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec /usr/lib/systemd/systemd --user --unit="$0" --log-target=console --log-level=warning';

/** Runs a target until `done`; `false` where no systemd can be started, as in a container that has no control groups. */
export async function runBySystemd(directory: string, files: readonly ExportedFile[], done: (hasEnded: () => boolean) => Promise<void>): Promise<boolean> {
  const units = join(directory, 'config', 'systemd', 'user');
  mkdirSync(units, { recursive: true });
  mkdirSync(join(directory, 'runtime'));
  // A manager of a user has no network, and no target of all users.
  for (const { name, text } of files) writeFileSync(join(units, name), text.replaceAll(/^(?:Wants|After)=network-online\.target\n/gm, ''));
  const env = { PATH: process.env['PATH'], HOME: directory, XDG_RUNTIME_DIR: join(directory, 'runtime'), XDG_CONFIG_HOME: join(directory, 'config') };
  const target = files.find(({ name }) => name.endsWith('.target'))?.name ?? '';
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', MANAGER, target], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await done(() => child.exitCode !== null);
    return child.exitCode === null;
  } catch (error) {
    throw new Error(`${said(child.stdout)}\n${said(child.stderr)}`, { cause: error });
  } finally {
    child.kill('SIGTERM');
    await exited(child, { within: 20_000 });
  }
}
