/** An application in the background, started by `brood start -d`, for as long as a test uses it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { ControlClient } from '../../lib/daemon/control-client.ts';
import { inEverybodysPlace } from '../helpers/everybody.ts';
import type { Files } from '../helpers/files.ts';
import { withFiles } from '../helpers/files.ts';
import { alive } from '../helpers/left.ts';
import { root } from '../helpers/paths.ts';
import { exited, inTime, said, until } from '../helpers/until.ts';

export const BIN = path.join(root, 'dist', 'bin', 'brood.cjs');

/** How a command has ended, and what it has written. */
export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly within?: number;
  /** A directory that everybody may enter: there the repository is, for this command and what it starts. */
  readonly place?: string | undefined;
}

/** Runs `brood …` in a directory to its end. */
export async function brood(cwd: string, words: readonly string[], { env = {}, within = 40_000, place }: CommandOptions = {}): Promise<Run> {
  const before = place === undefined ? [] : inEverybodysPlace(place);
  const bin = place === undefined ? BIN : path.join(place, path.relative(root, BIN));
  const [file = '', ...args] = [...before, process.execPath, bin, ...words];
  const child = spawn(file, args, { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  said(child.stdout);
  said(child.stderr);
  const closed = once(child, 'close');
  const { code } = await exited(child, { within });
  await inTime(closed, { what: `the output of brood ${words.join(' ')} to end` });
  return { code, out: said(child.stdout), err: said(child.stderr) };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** One request to the control socket, as anybody could write it. */
export function ask(socketPath: string, method: string, pathname: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method, path: pathname, agent: false }, response => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', chunk => (text += String(chunk)));
      response.once('error', reject).once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.once('error', reject).end(body);
  });
}

export interface Running extends Files {
  readonly client: ControlClient;
  readonly brood: (words: readonly string[], options?: CommandOptions) => Promise<Run>;
  /** Path of the control socket. */
  readonly socket: string;
  readonly ask: (method: string, pathname: string, body?: string) => Promise<Answer>;
  /** One request to the application. */
  readonly get: (pathname?: string) => Promise<string>;
  readonly pid: number;
}

/** The workers answer with their pid, what WORD is, and how they were started. */
export const HELLO = `module.exports = app => app.handle((request, response) => {
  if (request.url === '/throw') { setImmediate(() => { throw new Error('thrown on purpose'); }); }
  if (request.url === '/slow') return void setTimeout(() => response.end('slow'), 300);
  response.end(JSON.stringify({ pid: process.pid, word: process.env.WORD ?? null, title: process.title }));
});
`;
export const hello = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  'package.json': '{ "name": "shop", "type": "commonjs" }',
  'app.js': HELLO,
  'agent.js': 'module.exports = () => {};\n',
  ...more,
});

export interface DaemonOptions {
  /** Further words of `brood start`. */
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Those that say where it listens. */
  readonly address?: readonly string[];
  /** Those that say how many workers. Default: two. */
  readonly workers?: readonly string[];
  /** Other users may read the files, and Brood's own. Needs root. */
  readonly world?: boolean;
}

/** Writes these files, starts them in the background with two workers on a free port, and stops all of it in the end. */
export async function withDaemon(
  contents: Readonly<Record<string, string>>,
  use: (running: Running) => Promise<void>,
  { words = [], env = {}, address = ['-p', '0', '--hostname', '127.0.0.1'], workers = ['-w', '2'], world = false }: DaemonOptions = {},
): Promise<void> {
  await withFiles(contents, async files => {
    if (world) chmodSync(files.directory, 0o755);
    const run: Running['brood'] = (line, options) => brood(files.directory, line, options);
    const started = await run(['start', '-d', ...workers, ...address, '--drain-timeout', '3000', ...words], {
      env,
      place: world ? files.path('place') : undefined,
    });
    if (started.code !== 0) throw new Error(`brood start -d ended with ${started.code}:\n${started.err}`);
    const client = await ControlClient.of(files.directory);
    const { app, master } = await client.status();
    const get: Running['get'] = async (pathname = '/') => (await fetch(new URL(pathname, app.address))).text();
    const socket = client.socketPath;
    try {
      await use({ ...files, client, brood: run, socket, ask: (method, pathname, body) => ask(socket, method, pathname, body), get, pid: master.pid });
    } finally {
      // A test may have stopped it, or killed its master.
      await run(['stop', '--now']);
      await until(() => !alive(master.pid), { what: `master ${master.pid} to end` });
    }
  });
}
