/** `brood run NAME | COMMAND`: a process type, or any command, once, in the directory and with the environment that the processes get. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { runOneOff } from '../child/one-off.ts';
import type { Plan } from '../daemon/plan.ts';
import { readPlan } from '../daemon/read-plan.ts';
import { BroodError } from '../errors.ts';
import { RELEASE } from '../formation/from-procfile.ts';
import { nearest } from '../policy/nearest.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { UsageError } from './tell.ts';

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

const typesOf = ({ loaded, formation }: Plan): readonly string[] => [
  ...Object.keys(loaded?.config.processes ?? {}),
  ...(formation?.release === undefined ? [] : [RELEASE]),
];

/** Why nothing was run, and what may have been meant. */
function failure(words: readonly string[], { reason, cwd }: { readonly reason: string; readonly cwd: string }, plan: Plan): [reason: string, hint: string] {
  if (!existsSync(cwd)) return [`there is no directory ${cwd}`, 'Correct its "cwd".'];
  const types = typesOf(plan);
  const meant = words.length === 1 ? nearest(words[0] ?? '', types) : undefined;
  if (meant !== undefined) return [reason, `Did you mean the process type "${meant}"?`];
  return [reason, `Name a program${types.length === 0 ? '' : `, or a process type: ${types.join(', ')}`}.`];
}

/**
 * Resolves with the exit code of the command.
 *
 * @throws BROOD_RUN
 */
export async function run(words: readonly string[], given: Given): Promise<number> {
  if (words.length === 0) throw new UsageError('run takes a process type, or the command to run: brood run node migrate.js');
  const baseDir = baseDirOf(given);
  const plan = await readPlan({ options: { baseDir }, command: 'run' });
  const order = orderOf(words, plan);
  const { code, error } = await runOneOff(order);
  if (error === undefined) return code;
  const [reason, hint] = failure(words, { reason: error, cwd: order.cwd }, plan);
  throw new BroodError('BROOD_RUN', { word: words[0], reason, hint }, { exitCode: code });
}
