/** What is in force of a formation (a Procfile, an app_desc.yaml, an ecosystem file), in the keys that a configuration file would have for it. */
import { existsSync } from 'node:fs';
import { DEFAULTS } from '../formation/config/defaults.ts';
import { flattened, showable } from '../formation/config/difference.ts';
import type { SettledProcess } from '../formation/config/settled.ts';
import { ATTENDED } from '../formation/from-procfile.ts';
import { shownLine } from '../policy/secret-names.ts';
import { portIn } from '../policy/port-variable.ts';
import { Decisions } from './decisions.ts';
import type { LoadedConfig } from './config-file.ts';
import type { ConfigPlace } from './config-place.ts';
import { effectiveConfig } from './effective.ts';
import type { EffectiveValue } from './effective.ts';
import type { Formation } from './formation-input.ts';
import { mostOf } from './most-instances.ts';
import { candidates } from './places.ts';
import type { Plan } from './plan.ts';

/** Keys that every type of a formation has, whatever its file says. */
const SAID = ['command', 'instances', 'port', 'entry', 'maxInstances', 'drainTimeout', 'killTimeout', 'restart', 'onExit', 'env'] as const;
/** What the top of a configuration file says, and means something without a cluster. */
const AT_TOP = /^(?:serverEnv|daemon\..*)$/;

const inFile = (key: string, value: unknown, place: ConfigPlace): EffectiveValue => ({ key, value, source: 'file', ...place });
const byDefault = (key: string, value: unknown, fallback = String(value)): EffectiveValue => ({ key, value, source: 'default', fallback });
/** In the foreground somebody sits before it. */
const inForeground = (value: string, there: string): string => `${value}; in the foreground ${there}`;
/** Of a variable there is only the name. */
const variable = (key: string, place: ConfigPlace): EffectiveValue => ({ key, source: 'file', ...place });

/** Where the ports begin: PORT of the .env file, or of the shell. */
function portRow(key: string, port: number, { config, sources }: LoadedConfig): EffectiveValue {
  if (portIn(config.env?.['PORT'] ?? undefined) !== undefined) return inFile(key, port, sources(['env', 'PORT']));
  return portIn(process.env['PORT']) === undefined ? byDefault(key, port) : { key, value: port, source: 'environment', variable: 'PORT' };
}

function entryRows(at: (key: string) => string, entry: SettledProcess['entry']): readonly EffectiveValue[] {
  if (typeof entry !== 'object') return [byDefault(at('entry'), false)];
  const { by = 'balancer', protocol = 'http', ...rest } = entry;
  return Object.entries({ by, protocol, ...rest }).map(([key, value]) => byDefault(at(`entry.${key}`), value));
}

function typeRows(type: string, one: SettledProcess, plan: Plan, loaded: LoadedConfig): readonly EffectiveValue[] {
  const at = (key: string): string => `processes.${type}.${key}`;
  const place = loaded.sources(['processes', type]);
  const { command = '', instances = DEFAULTS.instances, port, entry, drainTimeout, killTimeout, onExit = DEFAULTS.onExit, env = {} } = one;
  const { when = DEFAULTS.restart.when } = one.restart ?? {};
  const others = Object.fromEntries(Object.entries(one).filter(([key]) => !SAID.some(said => said === key)));
  return [
    inFile(at('command'), shownLine(command), place),
    // A Procfile, which has lines for its types, says no numbers.
    place.line === undefined ? inFile(at('instances'), instances, place) : byDefault(at('instances'), instances),
    byDefault(at('maxInstances'), mostOf(type, plan)),
    ...(port === undefined ? [] : [portRow(at('port'), port, loaded)]),
    ...entryRows(at, entry),
    byDefault(at('drainTimeout'), drainTimeout),
    byDefault(at('killTimeout'), killTimeout),
    byDefault(at('restart.when'), when, inForeground(when, ATTENDED.restart.when)),
    byDefault(at('onExit'), onExit, inForeground(onExit, ATTENDED.onExit)),
    ...[...flattened(others)].map(([key, { path, value }]) => inFile(at(key), showable(key, value), loaded.sources(['processes', type, ...path]))),
    ...Object.keys(env).map(name => variable(at(`env.${name}`), loaded.sources(['processes', type, 'env', name]))),
  ];
}

/** A line `brood start -w 4` is the cluster: what it says stands at the top. */
function clusterRows({ config, ...loaded }: LoadedConfig): readonly EffectiveValue[] {
  const { processes: _processes, env: _env, cluster: _cluster, ...written } = config;
  const place = loaded.sources(['processes', config.type ?? '']);
  return effectiveConfig({ ...loaded, config: {}, written, sources: () => place });
}

/** In the words of the language of the other tool there are no places of ours. */
const ofEcosystem = (loaded: LoadedConfig): readonly EffectiveValue[] => effectiveConfig({ ...loaded, sources: () => ({ file: loaded.path }) });

/** The environment of a description of BlueKing: its variables and replicas are those of that one. */
const environmentRows = ({ described }: Formation): readonly EffectiveValue[] =>
  described === undefined ? [] : [byDefault('environment', described.description.environment)];

/** The top, without what only a cluster has. */
const topRows = ({ name, settings }: Plan, formation: Formation): readonly EffectiveValue[] => [
  byDefault('name', name),
  ...environmentRows(formation),
  ...effectiveConfig(undefined)
    .filter(({ key }) => AT_TOP.test(key))
    .map(one => (one.key === 'serverEnv' && one.source === 'default' ? byDefault(one.key, settings.env) : one)),
];

function rowsOf(plan: Plan, formation: Formation): readonly EffectiveValue[] {
  const { loaded, release, bare } = formation;
  const { config, sources } = loaded;
  return [
    ...(bare ? topRows(plan, formation) : clusterRows(loaded).map(one => (one.key === 'name' ? byDefault('name', plan.name) : one))),
    ...Object.entries(config.processes ?? {}).flatMap(([type, one]) => typeRows(type, one, plan, loaded)),
    ...(release === undefined ? [] : [inFile('release.command', shownLine(release.command), sources(['release']))]),
    ...Object.keys(config.env ?? {}).map(name => variable(`env.${name}`, sources(['env', name]))),
  ];
}

/** What was scaled or stopped by hand goes before what the files say. */
function withDecided(rows: readonly EffectiveValue[], plan: Plan): readonly EffectiveValue[] {
  const file = candidates(plan.settings.baseDir).find(({ state }) => existsSync(state))?.state;
  if (file === undefined) return rows;
  const { quantities } = new Decisions({ file, isNew: true }, plan, () => {});
  const decided = new Map(
    [...quantities].map(([type, quantity]) => [type === plan.settings.type && !plan.settings.bare ? 'workers' : `processes.${type}.instances`, quantity]),
  );
  return rows.map(row => {
    const quantity = decided.get(row.key);
    return quantity === undefined ? row : inFile(row.key, quantity, { file });
  });
}

/** Every value that is in force, and where it comes from. Secrets are masked; of environment variables there is only the name. */
export const formationConfig = (plan: Plan, formation: Formation, kind: 'procfile' | 'app-desc' | 'pm2'): readonly EffectiveValue[] =>
  withDecided(kind === 'pm2' ? ofEcosystem(formation.loaded) : rowsOf(plan, formation), plan);
