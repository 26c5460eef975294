/** What the master of an Egg application says: Egg's lines, for scripts and people that match them, in the form of its console logger. */
import { freemem, hostname, totalmem } from 'node:os';
import type { Death, Instance } from '../../model.ts';
import { eggLine } from '../../policy/egg-line.ts';
import type { EggLevel } from '../../policy/egg-line.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { errorText } from '../narrate.ts';
import type { MasterLogger } from '../option-table.ts';
import { AGENT } from '../specs.ts';
import type { EggSettings } from './egg-options.ts';

const LEVELS: readonly (EggLevel | 'NONE')[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'NONE'];

/** Instances so much older are forgotten. */
const KEPT_NUMBERS = 10_000;

/** Writes one line; errors to the standard error. */
type Write = (level: EggLevel, text: string) => void;

function standardWrite(): Write {
  const least = (process.env['EGG_LOG'] ?? process.env['EGG_MASTER_LOGGER_LEVEL'] ?? 'INFO').toUpperCase();
  const rank = (level: string): number => LEVELS.findIndex(known => known === level);
  return (level, text) => {
    if (rank(level) < Math.max(0, rank(least))) return;
    (level === 'ERROR' ? process.stderr : process.stdout).write(eggLine(level, text, process.pid, new Date()));
  };
}

/** An error as Egg's logger shows it. */
const namedError = (name: string, message: string): string => `nodejs.${name}: ${message}\npid: ${process.pid}\nhostname: ${hostname()}\n`;

let sayEnd: ((code: number) => void) | undefined;

export class EggWords {
  readonly #egg: EggSettings;
  /** The process type of the app workers. */
  readonly #app: string;
  readonly #write: Write;
  readonly #began = Date.now();
  /** Egg numbers the processes of each type from 1; of those that are there, and the last that were. */
  readonly #numbers = new Map<number, number>();
  readonly #counts = { agent: 0, app: 0 };
  #started = false;
  #remain: number;

  /** `logger`: the option of startCluster(), which takes the lines instead of stdout and stderr. */
  constructor(egg: EggSettings, { workers, app }: { readonly workers: number; readonly app: string }, logger: false | MasterLogger | undefined) {
    this.#egg = egg;
    this.#app = app;
    this.#remain = workers;
    if (logger === false) this.#write = () => {};
    else if (logger === undefined) this.#write = standardWrite();
    else this.#write = (level, text) => (level === 'ERROR' ? logger.error(text) : level === 'WARN' ? logger.warn(text) : logger.info(text));
  }

  /** For what has no words in Egg. */
  get logger(): MasterLogger {
    return {
      info: text => this.#write('INFO', `[master] ${text}`),
      warn: text => this.#write('WARN', `[master] ${text}`),
      error: text => this.#write('ERROR', `[master] ${text}`),
    };
  }

  /** Before anything is forked. */
  begin(options: Readonly<Record<string, unknown>>): void {
    const { name, version, isProduction } = this.#egg;
    this.#log(`[master] =================== ${name} start =====================`);
    this.#write('INFO', `[master] node version ${process.version}`);
    this.#write('INFO', `[master] ${name} version ${version}`);
    if (isProduction) this.#write('INFO', `[master] start with options:\n${JSON.stringify(options, null, 2)}`);
    else this.#log(`[master] start with options: ${JSON.stringify(options)}`);
    this.#log(`[master] start with env: isProduction: ${isProduction}, EGG_SERVER_ENV: ${String(options['env'])}, NODE_ENV: ${process.env['NODE_ENV']}`);
  }

  /** Says from now on what happens to the instances. */
  follow(supervisor: Supervisor, clusterPort: number): void {
    supervisor.on('change', instance => this.#changed(instance, supervisor, clusterPort));
    supervisor.on('ready', (instance, address) => this.#ready(instance, address));
    supervisor.on('death', death => this.#died(death, supervisor));
    supervisor.on('failed', ({ death }) => {
      if (!this.#started) this.#write('ERROR', `[master] ${this.#nameOf(death)} start fail, exiting with code:1`);
    });
    supervisor.on('suspect', instance => this.#write('WARN', `[master] ${this.#nameOf(instance)} does not answer`));
    supervisor.on('violation', (instance, what) => this.#write('WARN', `[master] ${this.#nameOf(instance)} sent what no worker sends: ${what}`));
  }

  everyoneReady(address: string, isSticky: boolean): void {
    this.#started = true;
    this.#write('INFO', `[master] ${this.#egg.name} started on ${address} (${Date.now() - this.#began}ms)${isSticky ? ' with STICKY MODE!' : ''}`);
    if (this.#egg.debugPort !== undefined) this.#write('INFO', `[master] ${this.#egg.name} started on http://127.0.0.1:${this.#egg.debugPort}`);
  }

  reloading(): void {
    this.#log('[master] reload workers...');
  }

  /** A signal that ends the master has come. */
  signal(name: string): void {
    const { appCloseTimeout, agentCloseTimeout } = this.#egg;
    const { heap_size_limit: limit, used_heap_size: used } = process.getBuiltinModule('node:v8').getHeapStatistics();
    this.#write('INFO', `[master] master is killed by signal ${name}, closing`);
    this.#write('INFO', `[master] system memory: total ${totalmem()}, free ${freemem()}`);
    this.#write('INFO', `[master] process info: heap_limit ${limit}, heap_used ${used}`);
    this.#write('INFO', `[master] send kill SIGTERM to app workers, will exit with code:0 after ${appCloseTimeout}ms`);
    this.#write('INFO', `[master] send kill SIGTERM to agent worker, will exit with code:0 after ${agentCloseTimeout}ms`);
  }

  closed(): void {
    if (!this.#started) return;
    this.#log('[master] close done, exiting with code:0');
    this.ending();
  }

  /** The last line of this process, however many clusters it has had. */
  ending(): void {
    if (sayEnd === undefined) process.once('exit', code => sayEnd?.(code));
    sayEnd = code => this.#write(code === 0 ? 'INFO' : 'ERROR', `[master] exit with code:${code}`);
  }

  /** Lines that Egg writes for its own developers where people work on an application. */
  #log(text: string): void {
    this.#write(this.#egg.quiet ? 'DEBUG' : 'INFO', text);
  }

  #nameOf({ id, type, pid }: Pick<Instance, 'id' | 'type' | 'pid'>): string {
    return `${type === AGENT ? 'agent' : 'app'}_worker#${this.#numberOf(id, type)}:${pid}`;
  }

  #numberOf(id: number, type: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = ++this.#counts[type === AGENT ? 'agent' : 'app'];
    this.#numbers.set(id, number);
    this.#numbers.delete(id - KEPT_NUMBERS);
    return number;
  }

  #current(supervisor: Supervisor): string {
    const apps = supervisor.instances().filter(({ type, state }) => type === this.#app && state !== 'gone');
    return JSON.stringify(apps.map(({ id, type }) => String(this.#numberOf(id, type))));
  }

  #changed(instance: Instance, supervisor: Supervisor, clusterPort: number): void {
    const name = this.#nameOf(instance);
    if (instance.state === 'starting') {
      if (instance.type === AGENT && this.#started) this.#write('INFO', '[master] new agent_worker starting...');
      if (instance.type === AGENT) this.#log(`[master] ${name} start with clusterPort:${clusterPort}`);
      else this.#log(`[master] ${name} start, state: none, current workers: ${this.#current(supervisor)}`);
    }
    if (instance.state === 'draining' && instance.type === this.#app) {
      const planned = instance.reason !== 'uncaughtException';
      this.#write('INFO', `[master] ${name} disconnect, suicide: ${planned}, state: disconnected, current workers: ${this.#current(supervisor)}`);
    }
  }

  #ready(instance: Instance, address: { readonly port?: number; readonly path?: string } | undefined): void {
    const name = this.#nameOf(instance);
    const took = Date.now() - instance.started;
    if (instance.type === AGENT) return this.#write('INFO', `[master] ${name} started (${took}ms)`);
    const where = address?.port ?? address?.path;
    this.#remain = Math.max(0, this.#remain - 1);
    this.#write('INFO', `[master] ${name} listening on ${JSON.stringify(address ?? {})}`);
    this.#log(`[master] ${name} started at ${where}, remain ${this.#started ? 0 : this.#remain} (${took}ms)`);
  }

  #died(death: Death, supervisor: Supervisor): void {
    const name = this.#nameOf(death);
    const isPlanned = supervisor.desired.every(row => row.quantity === 0) || ['reload', 'scale', 'stop'].includes(death.reason);
    if (isPlanned) {
      if (death.signal === 'SIGKILL') this.#write('WARN', `[master] ${name} had to be killed`);
      return;
    }
    const how = `code: ${death.code}, signal: ${death.signal}`;
    const [type, message] =
      death.type === AGENT
        ? ['AgentWorkerDiedError', `[master] ${name} died (${how})`]
        : ['AppWorkerDiedError', `[master] ${name} died (${how}, suicide: false, state: dead), current workers: ${this.#current(supervisor)}`];
    const own = !death.served && death.error !== undefined ? `\n${errorText(death.error)}` : '';
    this.#write('ERROR', namedError(type, `${message}${own}`));
  }
}
