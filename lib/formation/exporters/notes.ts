/** What several targets cannot say, as sentences. Pure. */
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
    return [`${process.type}: ${target} starts it once ${lost.map(({ type }) => type).join(', ')} runs, and does not wait until that is ${conditions}`];
  });

export const releaseNotes = ({ processes }: ExportedApp, how: (process: ExportedProcess) => string): readonly string[] =>
  processes.filter(({ isRelease }) => isRelease === true).map(process => `${process.type}: ${how(process)}`);

/** A target that keeps as many as it is told. */
export const loadNotes = ({ processes }: ExportedApp, target: string): readonly string[] =>
  processes.filter(isScaled).map(({ type, instances, autoscale }) => {
    const limits = autoscale === undefined ? '' : ` (from ${autoscale.min} to ${autoscale.max})`;
    return `${type}: ${target} does not follow its load${limits}: it stays at ${instances}`;
  });

/** A target without limits, or without ports that others find a process by. */
export const platformLosses = ({ processes }: ExportedApp, target: string, hasLimits = false): readonly string[] =>
  processes.flatMap(({ type, resources, services, targetPort }) => {
    const lost = [
      ...(resources === undefined || hasLimits ? [] : ['plan of its resources']),
      ...(services === undefined ? [] : ['services']),
      ...(targetPort === undefined ? [] : ['targetPort']),
    ];
    return lost.length === 0 ? [] : [`${type}: ${target} is not told of its ${lost.join(', ')}`];
  });

/** A target that starts several of which none has a number. */
export const numberNotes = ({ processes }: ExportedApp): readonly string[] =>
  processes
    .filter(process => process.isMaster !== true && process.isRelease !== true && process.instances > 0 && !isNumbered(process))
    .map(({ type }) => `${type}: no container knows which of them it is: PS and BROOD_SLOT are not set`);
