/** pm2's ecosystem file → a brood.config.yaml, with a word for each attribute that has no equal. */
import { basename, isAbsolute, join, posix, relative } from 'node:path';
import { BroodError } from '../errors.ts';
import { isRecord } from '../policy/rules.ts';
import type { Json } from './config/spell.ts';
import { commented, linesOf, textOf, typeName } from './imported.ts';
import type { Fields, Imported, Note, Origin } from './imported.ts';
import { ownPort } from './import-port.ts';
import { Pm2App, variablesOf } from './pm2-app.ts';
import { named } from './foreign.ts';
import type { Variables } from './foreign.ts';
import { careOf, commandOf, endOf, isNode, logsOf, nodeOf } from './pm2-mapping.ts';

export type { Imported, Note, Origin } from './imported.ts';

/** `{ apps: […] }`, a list, or one application alone. */
function applicationsIn(ecosystem: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(ecosystem)) return ecosystem.filter(isRecord);
  if (!isRecord(ecosystem)) return [];
  for (const key of ['apps', 'pm2']) if (Object.hasOwn(ecosystem, key)) return applicationsIn(ecosystem[key]);
  return Object.hasOwn(ecosystem, 'script') || Object.hasOwn(ecosystem, 'exec') ? [ecosystem] : [];
}

const nameIn = (given: Readonly<Record<string, unknown>>): string => {
  const { name, script, exec } = given;
  if (typeof name === 'string' && name !== '') return name;
  const file = typeof script === 'string' ? script : typeof exec === 'string' ? exec : 'app';
  return basename(file).replace(/\.\w+$/, '') || 'app';
};

/** As pm2 has it: several instances alone mean it, too. */
const isCluster = (app: Pm2App): boolean => {
  const mode = app.text('exec_mode') ?? (app.has('instances') ? 'cluster' : 'fork');
  return mode.startsWith('cluster');
};
const hasPort = (app: Pm2App): boolean => app.has('port') || Object.hasOwn(variablesOf(app.get('env')), 'PORT');

/** The application whose instances share a port: the first in cluster mode, else one with a port, else the only one. */
function webOf(apps: readonly Pm2App[]): Pm2App | undefined {
  const candidates = apps.filter(isNode);
  return candidates.find(isCluster) ?? candidates.find(hasPort) ?? (apps.length === 1 ? candidates[0] : undefined);
}

/** From the directory of the configuration file. */
function pathFrom({ directory }: Origin, app: Pm2App, file: string): string {
  const cwd = app.text('cwd') ?? '.';
  const path = isAbsolute(file) ? file : join(cwd, file);
  const near = isAbsolute(path) ? relative(directory, path) : path;
  return (near.startsWith('..') ? path : near).replaceAll('\\', '/');
}

const MOST_INSTANCES = 4096;

/** A number of instances as we say it; `max` and 0 are one for each core, -1 leaves a core free. */
function instancesOf(app: Pm2App, most: 'workers' | 'instances'): Json | undefined {
  const number = app.number('instances');
  if (!app.has('instances')) return undefined;
  if (number === undefined || number <= 0) {
    app.tell(
      'instances',
      number === undefined || number === 0 ? 'mapped' : 'changed',
      `${most}: auto${number !== undefined && number < 0 ? ', which leaves no core free' : ''}`,
    );
    return 'auto';
  }
  app.tell('instances', 'mapped', most);
  return Math.min(number, MOST_INSTANCES);
}

function environmentOf(app: Pm2App): Variables {
  const port = app.number('port');
  const given = app.get('env');
  const lost = isRecord(given) ? Object.keys(given).filter(name => !Object.hasOwn(variablesOf(given), name)) : [];
  if (!isRecord(given)) app.tell('env', 'unsupported', 'it is no object of variables');
  else if (lost.length > 0) app.tell('env', 'changed', `env, without what is no text, number or truth value: ${lost.map(named).join(', ')}`);
  else app.tell('env', 'mapped', 'env');
  if (port !== undefined) app.tell('port', 'mapped', 'env: PORT');
  for (const [key] of app.namedEnvs)
    app.tellEnv(key, 'as a comment: put it into a file, and choose that one by envFile, or write brood.config.ts and look at its context.env');
  return { ...(port === undefined ? {} : { PORT: port }), ...variablesOf(app.get('env')) };
}

function webFields(app: Pm2App, type: string, origin: Origin): Fields {
  const workers = instancesOf(app, 'workers') ?? 1;
  const script = pathFrom(origin, app, app.text('script') ?? 'app.js');
  app.tell('script', 'mapped', 'script');
  app.tell('exec_mode', 'mapped', 'the workers share their port in either mode');
  app.tell('args', 'unsupported', 'a script gets no words: use environment variables');
  app.tell('cwd', 'changed', 'the directory of the configuration file is the working directory; the path of the script goes from there');
  app.tell('wait_ready', 'unneeded', 'a worker is ready when it listens, or at process.send("ready")');
  app.tell('autostart', app.is('autostart', true) ? 'unneeded' : 'unsupported', 'the app workers start with the application');
  app.tell('autorestart', app.is('autorestart', true) ? 'unneeded' : 'unsupported', 'app workers are always replaced');
  app.tell('stop_exit_codes', 'unsupported', 'app workers are always replaced');
  return { type, script, workers, ...nodeOf(app), ...endOf(app, false), ...careOf(app), env: environmentOf(app) };
}

/** The variables of an application beside others: those at the top are for all, so that what it does not have is taken away. */
function ownEnvironment(own: Variables, top: Variables): Variables {
  const entries = Object.entries(own).filter(([name, value]) => !Object.hasOwn(top, name) || String(top[name]) !== String(value));
  const gone = Object.keys(top).filter(name => !Object.hasOwn(own, name));
  return Object.fromEntries([...entries, ...gone.map(name => [name, null] as const)]);
}

function processFields(app: Pm2App, origin: Origin, top: Variables): Fields {
  const cwd = app.text('cwd');
  const instances = instancesOf(app, 'instances');
  if (isCluster(app)) app.tell('exec_mode', 'unsupported', 'one type shares a port: give this application a directory and a configuration of its own');
  else app.tell('exec_mode', 'unneeded', 'it is a process of its own');
  app.tell('cwd', 'mapped', 'cwd');
  const isParked = app.is('autostart', false);
  app.tell('autostart', isParked ? 'changed' : 'unneeded', isParked ? 'instances: 0; start it by brood scale' : 'it starts with the application');
  const near = cwd === undefined ? undefined : isAbsolute(cwd) ? relative(origin.directory, cwd) || '.' : cwd;
  const place = near === undefined ? undefined : near.startsWith('..') ? (cwd ?? near) : posix.normalize(near);
  const { port, env } = ownPort(environmentOf(app));
  const { PORT: _port, ...others } = top;
  if (port !== undefined && app.text('increment_var') === 'PORT') app.tell('increment_var', 'mapped', 'port: each instance has the one after that of the last');
  app.tell('instance_var', 'changed', 'BROOD_SLOT tells each instance its number, from 1');
  return {
    command: commandOf(app),
    ...(port === undefined ? {} : { port }),
    ...(isParked ? { instances: 0 } : instances === undefined || instances === 1 ? {} : { instances }),
    ...(place === undefined || place === '.' ? {} : { cwd: place }),
    ...endOf(app, true),
    ...careOf(app),
    env: ownEnvironment(env, port === undefined ? top : others),
  };
}

/** What all applications say alike holds for the master. */
function daemonFields(apps: readonly Pm2App[]): Fields {
  const account = (attribute: string, key: string): Fields => {
    const [first, ...others] = new Set(apps.map(app => app.text(attribute)));
    const isCommon = first !== undefined && others.length === 0;
    for (const app of apps)
      app.tell(attribute, isCommon ? 'changed' : 'unsupported', isCommon ? `daemon.${key}: of all processes` : 'all processes of a master are of one user');
    return isCommon ? { [key]: /^\d{1,9}$/.test(first) ? Number(first) : first } : {};
  };
  return { ...account('uid', 'user'), ...account('gid', 'group'), ...logsOf(apps) };
}

function namedEnvironments(apps: readonly Pm2App[]): readonly string[] {
  return apps.flatMap(app =>
    [...app.namedEnvs].flatMap(([key, variables]) => [''].concat(commented([`${key} of ${app.name}:`].concat(linesOf(variables, 1))))),
  );
}

const NO_WEB = [
  '',
  'None of these applications says that it serves a port. If one does, it belongs to the top of this file:',
  'script: server.js',
  'workers: auto',
];

/**
 * The configuration file that says what an ecosystem file says.
 *
 * @throws BROOD_IMPORT_EMPTY
 */
export function importPm2(ecosystem: unknown, origin: Origin): Imported {
  const apps = applicationsIn(ecosystem).map(given => new Pm2App(nameIn(given), given));
  if (apps.length === 0) throw new BroodError('BROOD_IMPORT_EMPTY', { file: origin.file, expected: 'An ecosystem file exports { apps: [ … ] }.' });
  const web = webOf(apps);
  const types = new Map<Pm2App, string>();
  for (const app of [...(web === undefined ? [] : [web]), ...apps.filter(one => one !== web)]) {
    // Without workers their name is taken all the same: somebody may add them.
    const type = typeName(app.name, new Set(web === undefined ? ['web', ...types.values()] : types.values()));
    types.set(app, type);
    app.tell('name', type === app.name ? 'mapped' : 'changed', app === web ? `type: ${type}` : `processes.${type}`);
  }
  const top = web === undefined ? {} : webFields(web, types.get(web) ?? 'web', origin);
  const { env = {}, ...rest } = top;
  const processes = Object.fromEntries([...types].filter(([app]) => app !== web).map(([app, type]) => [type, processFields(app, origin, variablesOf(env))]));
  const fields: Fields = { ...rest, env, daemon: daemonFields(apps), processes };
  for (const app of apps) app.tellRest();
  const deploy: readonly Note[] =
    isRecord(ecosystem) && Object.hasOwn(ecosystem, 'deploy')
      ? [{ app: '', key: 'deploy', outcome: 'unsupported', note: 'pm2 deploy works without a running pm2, and goes on working' }]
      : [];
  return {
    text: textOf(fields, {
      from: `From ${basename(origin.file)} of pm2, by brood import pm2.`,
      hints: web === undefined ? NO_WEB : [],
      tail: namedEnvironments(apps),
    }),
    notes: [...apps.flatMap(({ notes }) => notes), ...deploy],
    types: [...types.values()],
  };
}
