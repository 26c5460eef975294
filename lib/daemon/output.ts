/** The output of an application and of its master: into files when it runs in the background, else on as it comes, with the last of it kept. */
import path from 'node:path';
import { surviveClosedOutput } from '../child/output.ts';
import { AGENT } from '../cluster/specs.ts';
import type { Settings } from '../cluster/options.ts';
import { loggerOf } from '../cluster/narrate.ts';
import type { MasterLogger } from '../cluster/option-table.ts';
import { DEFAULTS } from '../formation/config/defaults.ts';
import { LogHub } from '../formation/log/hub.ts';
import { MergedOutput } from '../formation/log/merged.ts';
import { wantsColour } from '../policy/colour.ts';
import { SYSTEM, typeOfName } from '../policy/log-line.ts';
import { counted } from '../policy/plural.ts';
import { matchTargets } from '../policy/target.ts';
import { placeOf } from '../formation/remark-blocks.ts';
import type { LoadedConfig } from './config-file.ts';
import { shownPath } from './config-place.ts';
import { mostOf } from './most-instances.ts';
import type { Places } from './places.ts';
import type { Plan } from './plan.ts';
import { ownVersion } from './version.ts';
import { unknownType } from './wanted-counts.ts';

/** Says it in the hub, and in the foreground also where the user looks. */
function narrator(hub: LogHub, daemon: boolean): MasterLogger {
  const { merged } = hub;
  const aloud = daemon ? loggerOf(false) : merged === undefined ? loggerOf(undefined) : inTheLog(merged);
  const say = (level: keyof MasterLogger) => (message: string) => {
    aloud[level](message);
    hub.system(message, level);
  };
  return { info: say('info'), warn: say('warn'), error: say('error') };
}

/** In the form of the lines around it, on standard error. */
function inTheLog(merged: MergedOutput): MasterLogger {
  const say = (text: string): void => {
    merged.freshLine();
    process.stderr.write(merged.sentence(text));
  };
  return { info: say, warn: text => say(`warning: ${text}`), error: text => say(`error: ${text}`) };
}

/** Where the files of the output are, as the configuration says. */
export function logDirectory(loaded: LoadedConfig | undefined, fallback: string): string {
  const dir = loaded?.config.daemon?.logs?.dir;
  return loaded === undefined || dir === undefined ? fallback : path.resolve(path.dirname(loaded.path), dir);
}

/** How a person sees the output of several process types that run in the foreground. */
export interface Shown {
  readonly prefix: boolean;
  /** Types, or instances, whose lines are not shown. */
  readonly quiet: readonly string[];
  readonly timestamps: 'time' | 'iso' | 'none';
  readonly json: boolean;
  /** Somebody has asked for one of these: then also an application that is its cluster alone is shown so. */
  readonly asked: boolean;
}

/** The longest name that an instance of a type can get. */
function longestName(type: string, plan: Plan): string {
  const { settings, counts } = plan;
  if (type === AGENT) return type;
  return `${type}.${Math.max(1, counts.get(type) ?? 1, type === settings.type ? settings.workers : 1, mostOf(type, plan) ?? 1)}`;
}

/** @throws BROOD_TARGET_UNKNOWN */
function checkQuiet(quiet: readonly string[], types: readonly string[]): void {
  for (const word of quiet) if (matchTargets([typeOfName(word)], types, []).kind === 'unknown') throw unknownType(word, types);
}

/** The log of all process types on the standard output; an application that is its cluster alone writes there by itself. */
function mergedOf(plan: Plan, shown: Shown | undefined): MergedOutput | undefined {
  const { formation, loaded, settings, types } = plan;
  const isSeveral = formation !== undefined || settings.bare || Object.keys(loaded?.config.processes ?? {}).length > 0;
  if (shown === undefined || !(isSeveral || shown.asked)) return undefined;
  checkQuiet(shown.quiet, types);
  const { stdout, stderr, env } = process;
  return new MergedOutput({
    ...shown,
    out: stdout,
    terminal: stdout.isTTY && !shown.json,
    colour: !shown.json && wantsColour(stdout, env),
    coloursWords: !shown.json && wantsColour(stderr, env),
    types,
    names: [...types.map(type => longestName(type, plan)), SYSTEM],
  });
}

/** Node.js waits in a write until a terminal takes it, and one that a person has stopped (Ctrl-S) takes nothing: nobody would be supervised. */
function neverWaitIn(stream: NodeJS.WriteStream): void {
  const handle: unknown = Reflect.get(stream, '_handle');
  if (!stream.isTTY || typeof handle !== 'object' || handle === null || !('setBlocking' in handle)) return;
  if (typeof handle.setBlocking === 'function') Reflect.apply(handle.setBlocking, handle, [false]);
}

/** The hub of an application. `places`: where it belongs to; `undefined` without a lock, when another may write there. @throws BROOD_TARGET_UNKNOWN */
export function hubOf(plan: Plan, daemon: boolean, places: Places | undefined, shown?: Shown): LogHub {
  const { loaded } = plan;
  const { maxSize, maxFiles, maxDays, compress } = { ...DEFAULTS.logs, ...loaded?.config.daemon?.logs };
  // The file of these words may be on the same disk.
  const aloud = (message: string): void => void process.stderr.write(`brood: warning: ${message}\n`);
  if (!daemon || places === undefined) {
    surviveClosedOutput();
    neverWaitIn(process.stdout);
    neverWaitIn(process.stderr);
    return new LogHub({ pass: mergedOf(plan, shown) ?? { stdout: process.stdout, stderr: process.stderr }, report: aloud });
  }
  const hub: LogHub = new LogHub({
    dir: logDirectory(loaded, places.logs),
    maxSize,
    maxFiles,
    maxDays,
    compress,
    // Before the lock of the directory is taken the files may be those of another master.
    waits: true,
    report(message) {
      hub.system(message, 'warn');
      aloud(message);
    },
  });
  return hub;
}

/** Settings whose processes write into the hub, and whose master does. What the caller has chosen stays. */
export const intoHub = (settings: Settings, hub: LogHub, daemon: boolean): Settings => ({
  ...settings,
  output: settings.output ?? (order => hub.streamsFor(order)),
  // Egg has words of its own, on the standard output.
  logger: settings.logger ?? (settings.egg === undefined || daemon ? narrator(hub, daemon) : undefined),
});

/** Remarks that are told together, by their rule: of one, and of several. */
const FOLDED: readonly (readonly [rule: string, one: string, several: string])[] = [
  ['not-used-here', 'thing is not used here', 'things are not used here'],
  ['changed', 'thing is done in another way here', 'things are done in another way here'],
];

/** What is to be mended in a formation file that is run all the same. */
export function warningsOf({ formation }: Pick<Plan, 'formation'>): readonly string[] {
  if (formation === undefined) return [];
  const file = shownPath(formation.loaded.path);
  return formation.remarks.filter(({ level }) => level === 'warning').map(remark => `${placeOf(file, remark)}: ${remark.message}. ${remark.remedy}`);
}

/** What was noticed in a formation file that is run all the same: each warning, and how many of what nobody has to mend. */
export function tellRemarks({ formation }: Plan, logger: Pick<MasterLogger, 'info' | 'warn'>): void {
  if (formation === undefined) return;
  const { remarks, loaded } = formation;
  const file = shownPath(loaded.path);
  for (const warning of warningsOf({ formation })) logger.warn(warning);
  for (const [rule, one, several] of FOLDED) {
    const count = remarks.filter(remark => remark.level === 'note' && remark.rule === rule).length;
    if (count > 0) logger.info(`${file}: ${counted(count, one, several)}; brood check tells which`);
  }
}

/** Says who writes from now on. In an upgrade that is no beginning: who looks for the last start shall see what came before. */
export async function openLog(hub: LogHub, plan: Plan, { isUpgrade, logger }: { readonly isUpgrade: boolean; readonly logger: MasterLogger }): Promise<void> {
  if (isUpgrade) await hub.begin(`${openingWords(plan)}, to take the place of the one before`, false);
  else await hub.begin(openingWords(plan));
  tellRemarks(plan, logger);
}

const openingWords = ({ name }: Plan): string => `${name} starts, master pid ${process.pid}, Brood ${ownVersion()}, Node.js ${process.version}`;
