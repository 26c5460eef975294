/** Programs of util-linux and others, found in PATH and in the usual places, and run. */
import { spawn } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { mayUse } from './providers.ts';

/** A service may have a PATH without them. */
const USUAL = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

const known = new Map<string, string | undefined>();

function find(name: string): string | undefined {
  for (const directory of [...(process.env['PATH'] ?? '').split(delimiter), ...USUAL]) {
    if (!directory.startsWith('/')) continue;
    const file = join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** Absolute path of a program; `undefined` where it is missing, or tools are not to be used. */
export function toolPath(name: string): string | undefined {
  if (!mayUse('tools')) return undefined;
  if (!known.has(name)) known.set(name, find(name));
  return known.get(name);
}

/** Runs a program to its end; its exit code, -1 when it could not be started or was killed. */
export function runTool(file: string, args: readonly string[], stdio: StdioOptions = 'ignore', env = process.env): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(file, args, { stdio, env });
    child.once('error', () => resolve(-1));
    child.once('exit', code => resolve(code ?? -1));
  });
}
