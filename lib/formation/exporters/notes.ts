/** What several targets cannot say, as sentences. Pure. */
import { listed } from '../../policy/plural.ts';
import { shown } from '../../policy/secret-names.ts';
import type { ProbeName } from '../../care.ts';
import { conditionOf, environmentOf, isLasting, isNumbered, isScaled } from './model.ts';
import type { ExportedApp, ExportedProcess } from './model.ts';

/** By its name, or by a user in an address that it holds. */
export const isSecretVariable = (name: string, value: string): boolean => shown(name, value) !== value;

/** Names of variables that look like secrets. */
export function secretsOf(app: ExportedApp): readonly string[] {
  const variables = app.processes.flatMap(process => Object.entries(environmentOf(app, process, 1)));
  return [...new Set(variables.flatMap(([name, value]) => (isSecretVariable(name, value) ? [name] : [])))].sort();
}

/** Where values stand in clear text. */
export function secretsNote(app: ExportedApp, where: string): readonly string[] {
  const names = secretsOf(app);
  return names.length === 0 ? [] : [`${where} in clear text: ${names.join(', ')}`];
}

/** A target without probes. `kept`: those that it has. */
export function probesNotes(
  { processes }: ExportedApp,
  target: string,
  kept: (process: ExportedProcess) => readonly ProbeName[] = () => [],
): readonly string[] {
  return processes.flatMap(process => {
    const known = kept(process);
    const lost = Object.keys(process.probes ?? {}).filter(name => !known.some(one => one === name));
    return lost.length === 0 ? [] : [`${process.type}: ${target} does not look at its ${lost.join(', ')} probe${lost.length === 1 ? '' : 's'}`];
  });
}

/** A target that starts in an order, or in none. */
export const orderNotes = ({ processes }: ExportedApp, what: (process: ExportedProcess) => string): readonly string[] =>
  processes.filter(({ after }) => after.length > 0).map(process => `${process.type}: ${what(process)}`);

/** A target that waits only until some of what comes before is as it has to be: `isMet`. */
export const earlyNotes = (
  { processes }: ExportedApp,
  target: string,
  isMet: (process: ExportedProcess, first: ExportedProcess) => boolean,
): readonly string[] =>
  processes.flatMap(process => {
    const lost = processes.filter(one => process.after.includes(one.type) && isLasting(one) && conditionOf(process, one) !== 'started' && !isMet(process, one));
    if (lost.length === 0) return [];
    const conditions = [...new Set(lost.map(one => conditionOf(process, one)))].join(', or ');
    const [run, are] = lost.length === 1 ? ['runs', 'that is'] : ['run', 'those are'];
    return [`${process.type}: ${target} starts it once ${listed(lost.map(({ type }) => type))} ${run}, and does not wait until ${are} ${conditions}`];
  });

export const releaseNotes = ({ processes }: ExportedApp, how: (process: ExportedProcess) => string): readonly string[] =>
  processes.filter(({ isRelease }) => isRelease === true).map(process => `${process.type}: ${how(process)}`);

/** A target that keeps as many as it is told. */
export const loadNotes = ({ processes }: ExportedApp, target: string): readonly string[] =>
  processes.filter(isScaled).map(({ type, instances, autoscale }) => {
    const limits = autoscale === undefined ? '' : ` (from ${autoscale.min} to ${autoscale.max})`;
    return `${type}: ${target} does not follow its load${limits}: it stays at ${instances}`;
  });

/** What a process may have that not every target has a word for. */
export type Asset = 'resources' | 'services' | 'targetPort' | 'entryPort' | 'entryHost' | 'maxMemory' | 'stdin';
const ASSETS: Readonly<Record<Asset, string>> = {
  resources: 'plan of resources',
  services: 'services',
  targetPort: 'targetPort',
  entryPort: 'entry.port',
  entryHost: 'entry.host',
  maxMemory: 'maxMemory',
  stdin: 'stdin',
};

/** A target that has no word for some of it. `toldOf`: of what it is told of a process. */
export const assetLosses = ({ processes }: ExportedApp, target: string, toldOf: (process: ExportedProcess) => readonly Asset[] = () => []): readonly string[] =>
  processes.flatMap(process => {
    const told: readonly string[] = toldOf(process);
    const lost = Object.entries(ASSETS).filter(([key]) => Reflect.get(process, key) !== undefined && !told.includes(key));
    return lost.length === 0 ? [] : [`${process.type}: ${target} is not told of its ${lost.map(([, name]) => name).join(', ')}`];
  });

/** A target that starts several of which none has a number. */
export const numberNotes = ({ processes }: ExportedApp): readonly string[] =>
  processes
    .filter(process => process.isMaster !== true && process.isRelease !== true && process.instances > 0 && !isNumbered(process))
    .map(({ type }) => `${type}: no container knows which of them it is: PS and BROOD_SLOT are not set`);
