/** What `brood check` finds before anything is started: the configuration, the files and programs that it names, ports, TypeScript. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settle } from '../cluster/options.ts';
import type { Settings } from '../cluster/options.ts';
import { BroodError } from '../errors.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import { programOf } from '../formation/shell-words.ts';
import { ownDirectory } from '../own.ts';
import { isRecord } from '../policy/rules.ts';
import { shownLine } from '../policy/secret-names.ts';
import { doubtful, findingOf, ok, wrong } from './check-finding.ts';
import type { CheckFinding } from './check-finding.ts';
import { inspectConfig } from './config-file.ts';
import { findConfig } from './config-find.ts';
import type { LoadedConfig } from './config-file.ts';
import { inWords } from './config-place.ts';
import { ControlClient } from './control-client.ts';
import { optionsOf, placeOf, typeOf } from './config-options.ts';
import { contextOf } from './read-plan.ts';
import { findFormation } from './formation-find.ts';
import type { Input } from './read-plan.ts';
import { canResolve, canListen, heldPortOf } from './doctor.ts';

export type { CheckFinding } from './check-finding.ts';

interface Configured {
  readonly loaded: LoadedConfig | undefined;
  readonly findings: readonly CheckFinding[];
}

/** A Procfile and an app_desc.yaml are looked at by themselves. */
async function configured(directory: string, input: Input): Promise<Configured> {
  try {
    const path = input.config ?? findConfig(directory);
    const formation = path === undefined && input.options.script === undefined ? findFormation(directory) : undefined;
    // Loaded late: it reads what few applications have.
    if (formation?.kind === 'pm2') return await (await import('./check-ecosystem.ts')).inspectEcosystem(formation.file);
    if (path === undefined) return { loaded: undefined, findings: [ok('config', 'no configuration file: every default holds')] };
    const { loaded, errors } = await inspectConfig(path, contextOf(input));
    if (loaded === undefined) return { loaded, findings: errors.map(error => findingOf('config', error)) };
    const { cluster, type, processes = {} } = loaded.config;
    const types = [...(cluster === undefined || type === undefined ? [] : [type]), ...Object.keys(processes)];
    return { loaded, findings: [ok('config', `${inWords({ file: path })}${types.length === 0 ? '' : `, process types: ${types.join(', ')}`}`)] };
  } catch (error) {
    if (error instanceof BroodError) return { loaded: undefined, findings: [findingOf('config', error)] };
    throw error;
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

/** Where a program is: by its path, or in one of the directories of PATH. */
function found(program: string, cwd: string, path: string): boolean {
  if (program.includes('/')) return isExecutable(resolve(cwd, program));
  return path.split(':').some(directory => isExecutable(join(directory === '' ? cwd : directory, program)));
}

export function programFinding(type: string, program: string, cwd: string, path: string): CheckFinding | undefined {
  if (found(program, cwd, path)) return undefined;
  const isInstalled = isExecutable(join(cwd, 'node_modules', '.bin', program));
  const remedy = isInstalled ? `It is in node_modules: npx ${program}, or node_modules/.bin/${program}` : 'Install it, or correct its name or path.';
  return wrong(type, `${program} is ${program.includes('/') ? 'no program that this user may run' : 'in no directory of PATH'}`, remedy);
}

/** What one process type names: its directory, its file, its program. */
function processFindings(
  type: string,
  config: SettledProcess,
  { baseDir, path }: { readonly baseDir: string; readonly path: string },
): readonly CheckFinding[] {
  const { command, module, interpreter, execPath, env } = config;
  const cwd = resolve(baseDir, config.cwd ?? '.');
  if (!isDirectory(cwd)) return [wrong(type, `its directory ${cwd} is not there`, 'Correct "cwd", which is relative to the configuration file.')];
  const findings: CheckFinding[] = [];
  const own = env?.['PATH'] ?? path;
  for (const program of [interpreter, execPath, command === undefined ? undefined : programOf(command)]) {
    const finding = program === undefined ? undefined : programFinding(type, program, cwd, own);
    if (finding !== undefined) findings.push(finding);
  }
  if (module !== undefined && !isFile(resolve(cwd, module)))
    findings.push(wrong(type, `its module ${resolve(cwd, module)} is not there`, 'Correct "module", which is relative to "cwd".'));
  return findings.length > 0
    ? findings
    : [ok(type, command === undefined ? [interpreter, module].filter(part => part !== undefined).join(' ') : shownLine(command))];
}

/** Names that a person, or a file system without capitals, takes for the same. */
function likeNames(types: readonly string[]): readonly CheckFinding[] {
  const seen = new Map<string, string>();
  return types.flatMap(type => {
    const before = seen.get(type.toLowerCase());
    seen.set(type.toLowerCase(), type);
    return before === undefined ? [] : [doubtful('names', `${before} and ${type} differ by capitals alone`, 'Rename one of them.')];
  });
}

/** The master's own servers: each has a port of its own, which is free. */
async function serverFindings({ config }: LoadedConfig, isRunning: boolean): Promise<readonly CheckFinding[]> {
  const { port, metrics, health, rpc } = config;
  const tcp = rpc !== undefined && 'port' in rpc ? rpc : undefined;
  const named = [
    ['port', port, config.hostname],
    ['metrics', metrics?.port, metrics?.host ?? '127.0.0.1'],
    ['health', health?.port, health?.host ?? '127.0.0.1'],
    ['rpc', tcp?.port, tcp?.host],
  ] as const;
  const findings: CheckFinding[] = [];
  const taken = new Map<number, string>();
  for (const [name, number, host] of named) {
    if (number === undefined || number === 0) continue;
    const before = taken.get(number);
    taken.set(number, name);
    if (before !== undefined) findings.push(wrong(name, `port ${number} is that of ${before}, too`, 'Choose another one.'));
    else if (name !== 'port' && !isRunning && !(await canListen(number, host)))
      findings.push(wrong(name, `port ${number} is taken`, 'End who holds it, or choose another one.'));
  }
  return findings;
}

function applicationFinding(settings: Settings): CheckFinding {
  const { egg, script, bare, clusterDir, framework } = settings;
  if (egg !== undefined) return ok('application', `Egg application in ${clusterDir}`);
  if (bare) return ok('application', 'no app workers: neither hooks nor a script');
  return ok('application', script === undefined ? `hooks in ${clusterDir}${framework === undefined ? '' : ` on ${framework}`}` : relative(clusterDir, script));
}

function typeScriptFinding(settings: Settings, loaded: LoadedConfig | undefined): CheckFinding | undefined {
  const files = [settings.script, loaded?.path, ...Object.values(loaded?.config.processes ?? {}).map(({ module }) => module)];
  const hooks = ['app.ts', 'agent.ts', 'app.mts', 'agent.mts'].map(name => join(settings.clusterDir, name)).filter(isFile);
  const sources = [...files, ...hooks].filter(file => file !== undefined && /\.[mc]?ts$/.test(file));
  if (sources.length === 0 || Boolean(Reflect.get(process.features, 'typescript'))) return undefined;
  if ([settings.clusterDir, fileURLToPath(ownDirectory)].some(from => canResolve('jiti', from)))
    return ok('TypeScript', `Node.js ${process.versions.node} runs it through jiti`);
  return wrong(
    'TypeScript',
    `Node.js ${process.versions.node} does not run ${sources.join(', ')}`,
    'Install jiti (npm install jiti), or a newer Node.js (22.18 or later).',
  );
}

/** Scripts of package.json that would hurt others. */
function scriptFindings(baseDir: string): readonly CheckFinding[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(join(baseDir, 'package.json'), 'utf8'));
  } catch {
    return [];
  }
  const scripts = isRecord(manifest) && isRecord(manifest['scripts']) ? manifest['scripts'] : {};
  return Object.entries(scripts).flatMap(([name, line]) => {
    const stops = typeof line === 'string' && /\b(?:egg-scripts|eggctl)\s+stop\b/.test(line) && !line.includes('--title');
    return stops ? [doubtful('package.json', `"${name}" stops every Egg application of this machine`, `Use brood stop, or give it a --title: ${line}`)] : [];
  });
}

/** Looks at everything that a start would read, and changes nothing. */
export async function checkApplication(input: Input): Promise<readonly CheckFinding[]> {
  const { options } = input;
  const baseDir = resolve(options.baseDir ?? '.');
  const { loaded, findings } = await configured(baseDir, input);
  if (findings.some(({ level }) => level === 'error')) return findings;
  const config = loaded?.config ?? {};
  const types = Object.entries(config.processes ?? {});
  const type = typeOf(config);
  const all: CheckFinding[] = [...findings];
  const client = await ControlClient.find(baseDir);
  try {
    const settings = settle({ ...optionsOf(config), ...options, baseDir }, placeOf(config, options, types.length > 0));
    all.push(applicationFinding(settings));
    // A script listens where it likes, unless it was told.
    const isTold = settings.script === undefined || (options.port ?? config.port) !== undefined;
    const port = isTold ? await heldPortOf(settings, client) : undefined;
    if (port?.isOurs === true) all.push(ok('port', `port ${port.port} is served by this application`));
    else if (port !== undefined)
      all.push(
        port.holder === undefined
          ? ok('port', `port ${port.port} is free`)
          : wrong('port', `port ${port.port} is taken${port.holder}`, 'End that process, or choose another port.'),
      );
    const typeScript = typeScriptFinding(settings, loaded);
    if (typeScript !== undefined) all.push(typeScript);
  } catch (error) {
    if (!(error instanceof BroodError)) throw error;
    all.push(findingOf('application', error));
  }
  const path = config.env?.['PATH'] ?? process.env['PATH'] ?? '';
  for (const [name, one] of types) all.push(...processFindings(name, one, { baseDir, path }));
  if (loaded !== undefined) all.push(...(await serverFindings(loaded, client !== undefined)));
  return [...all, ...likeNames([type, ...types.map(([name]) => name)]), ...scriptFindings(baseDir)];
}
