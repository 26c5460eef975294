/** `brood run NAME | COMMAND`: a process type, or any command, once, in the directory and with the environment that the processes get. */
import { resolve } from 'node:path';
import { runOneOff } from '../child/one-off.ts';
import type { Plan } from '../daemon/plan.ts';
import { readPlan } from '../daemon/read-plan.ts';
import { RELEASE } from '../formation/from-procfile.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { say, UsageError } from './tell.ts';

interface OneOffOrder {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

const SHELL = ['/bin/sh', '-c'];

/** One word is the name of a process type, where there is such a type. */
function orderOf(words: readonly string[], { settings, loaded, formation }: Plan): OneOffOrder {
  const [name = '', ...more] = words;
  const { baseDir, variables } = settings;
  const env = { ...process.env, ...variables };
  const processes = loaded?.config.processes ?? {};
  const found = more.length === 0 && Object.hasOwn(processes, name) ? processes[name] : undefined;
  if (more.length === 0 && name === RELEASE && formation?.release !== undefined) {
    const { command, cwd, env: own } = formation.release;
    return { words: [...SHELL, command], env: { ...env, ...own }, cwd };
  }
  if (found === undefined) return { words, env, cwd: baseDir };
  const { command, module = '', interpreter, execPath = process.execPath, args = [], env: own = {} } = found;
  const cwd = resolve(baseDir, found.cwd ?? '.');
  const taken = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, value ?? undefined]));
  const line = command === undefined ? [interpreter ?? execPath, resolve(cwd, module), ...args] : [...SHELL, command];
  return { words: line, env: { ...env, ...taken, PS: 'run.1', BROOD_TYPE: name }, cwd };
}

/** Resolves with the exit code of the command. */
export async function run(words: readonly string[], given: Given): Promise<number> {
  if (words.length === 0) throw new UsageError('run takes a process type, or the command to run: brood run node migrate.js');
  const baseDir = baseDirOf(given);
  const order = orderOf(words, await readPlan({ options: { baseDir }, command: 'run' }));
  const { code, error } = await runOneOff(order);
  if (error !== undefined) say(`brood: ${words[0]} cannot be run: ${error}`);
  return code;
}
