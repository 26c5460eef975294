/** The application of fixtures/apps/orders, in a cluster or under a master program, and requests to it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once, type EventEmitter } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Cluster, ClusterOptions, Death, InstanceView } from '../../index.ts';
import { withCluster, type Serving } from './cluster.ts';
import { assertGone, mark } from './left.ts';
import { built, fixture } from './paths.ts';
import { exited, inTime, lineOf, until } from './until.ts';

export const ORDERS = fixture('apps', 'orders');
const MASTER = fixture('programs', 'master.js');

/** Short limits, and no lock: other test runs may be under way in the same directory. */
export const brief = { lock: false, drainTimeout: 3000, killTimeout: 1000, startTimeout: 20_000 } as const;

/** A cluster of two workers of that application. */
export const withOrders = <Result>(options: ClusterOptions, use: (cluster: Serving) => Result | Promise<Result>): Promise<Result> =>
  withCluster({ baseDir: ORDERS, ...brief, ...options }, use);

/** Sets environment variables of this process, which its children inherit, while `use` runs. */
export async function withEnvironment<Result>(variables: Readonly<Record<string, string>>, use: () => Promise<Result>): Promise<Result> {
  const before = Object.fromEntries(Object.keys(variables).map(name => [name, process.env[name]]));
  Object.assign(process.env, variables);
  try {
    return await use();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** Options of node:http for an address of a cluster. */
export function where(address: Cluster['address']): http.RequestOptions {
  return 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
}

/** One request, on a connection of its own unless an agent is given. */
export async function get({ address }: Pick<Cluster, 'address'>, path = '/', options: https.RequestOptions = {}): Promise<Answer> {
  const client = 'protocol' in address && address.protocol === 'https' ? https : http;
  const request = client.get({ ...where(address), agent: false, ...options, path });
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, text, headers: response.headers };
}

export const json = async (cluster: Pick<Cluster, 'address'>, path: string): Promise<Record<string, unknown>> =>
  JSON.parse((await get(cluster, path)).text) as Record<string, unknown>;

/** The workers that are ready. */
export const ready = (cluster: Cluster, type = 'app'): readonly InstanceView[] =>
  cluster.instances().filter(instance => instance.type === type && instance.state === 'ready');

export const count = (cluster: Cluster, wanted: number, type = 'app'): Promise<unknown> =>
  until(() => ready(cluster, type).length === wanted, { what: `${wanted} × ${type} to be ready` });

/** The next death that matches. */
export async function death(cluster: Cluster, matches: (death: Death) => boolean = () => true): Promise<Death> {
  const known = cluster.deaths.find(matches);
  if (known !== undefined) return known;
  const found = new Promise<Death>(resolve => {
    cluster.on('death', one => matches(one) && resolve(one));
  });
  return inTime(found, { what: 'a death' });
}

/** The first event of this name that comes. */
export const event = async (emitter: EventEmitter, name: string): Promise<unknown> => (await inTime(once(emitter, name), { what: `the event ${name}` }))[0];

export interface Program {
  readonly child: ChildProcess;
  /** The content of the next line that begins with this word; of one said before, too. */
  readonly said: (word: string, pattern?: string) => Promise<Record<string, unknown>>;
  /** What it said when it had started. */
  readonly started: Promise<{ readonly address: Serving['address']; readonly pids: readonly number[] }>;
}

/** Runs a master program with these options, an IPC channel to us, and everything ended afterwards. */
export async function withProgram<Result>(options: ClusterOptions, use: (program: Program) => Promise<Result>, execArgv: string[] = []): Promise<Result> {
  const child = fork(MASTER, [JSON.stringify({ baseDir: ORDERS, ...brief, ...options })], {
    silent: true,
    execArgv,
    env: { ...process.env, BROOD_BUILT: built, BROOD_TEST_RUN: mark },
  });
  const said = async (word: string, pattern = ''): Promise<Record<string, unknown>> => {
    const [line] = await lineOf(child.stdout, new RegExp(`^${word} .*${pattern}.*$`), { within: 20_000 });
    return JSON.parse(line.slice(word.length + 1)) as Record<string, unknown>;
  };
  // Proven by fixtures/programs/master.js.
  const started = said('started') as Promise<unknown> as Program['started'];
  started.catch(() => {});
  try {
    return await use({ child, said, started });
  } finally {
    child.kill('SIGTERM');
    await exited(child, { within: 10_000 }).catch(() => child.kill('SIGKILL'));
    await started.then(({ pids }) => assertGone(pids)).catch(() => {});
  }
}
