/** `brood dev` as a process, for as long as a test uses it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import type { Files } from '../helpers/files.ts';
import { withFiles } from '../helpers/files.ts';
import { root } from '../helpers/paths.ts';
import { exited, lineOf, said } from '../helpers/until.ts';

export const BIN = path.join(root, 'dist', 'bin', 'brood.cjs');

export interface Developing extends Files {
  readonly child: ChildProcess;
  /** The next line on standard error that matches, after all that were asked for before. */
  readonly line: (pattern: RegExp) => Promise<RegExpMatchArray>;
  /** All of standard error so far. */
  readonly text: () => string;
  readonly get: (pathname?: string, options?: http.RequestOptions) => Promise<string>;
}

/** The body that a server answers with. */
export async function bodyOf(port: number, pathname: string, options: http.RequestOptions): Promise<string> {
  const request = http.get({ host: '127.0.0.1', port, path: pathname, agent: false, ...options });
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject));
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

const READY = /http:\/\/\S+:(\d+) .*ready in \d+ ms/;

/** Writes these files, runs `brood dev` on them, and ends it. */
export async function developing(
  contents: Readonly<Record<string, string>>,
  use: (dev: Developing) => Promise<void>,
  words: readonly string[] = [],
): Promise<void> {
  await withFiles(contents, async files => {
    const child = spawn(process.execPath, [BIN, 'dev', '-p', '0', ...words], { cwd: files.directory, stdio: ['pipe', 'pipe', 'pipe'] });
    let from = 0;
    const text = (): string => said(child.stderr);
    const line = async (pattern: RegExp): Promise<RegExpMatchArray> => {
      const found = await lineOf(child.stderr, pattern, { from, within: 20_000 });
      from = text().indexOf(found.input ?? '', from) + (found.input ?? '').length;
      return found;
    };
    const get = async (pathname = '/', options: http.RequestOptions = {}): Promise<string> => {
      const port = Number(READY.exec(text())?.[1]);
      return bodyOf(port, pathname, options);
    };
    try {
      await use({ ...files, child, line, text, get });
    } finally {
      child.kill('SIGINT');
      await exited(child, { within: 10_000 }).catch(() => child.kill('SIGKILL'));
    }
  });
}

export const isReady = ({ line }: Developing): Promise<RegExpMatchArray> => line(READY);
