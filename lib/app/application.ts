/** What the hooks of an application are handed: `Application` in a worker, `Agent` in the agent. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import { BroodError } from '../errors.ts';
import type { ActionMap, AnyActions } from '../wire/messenger.ts';
import type { Schedules } from './schedule/types.ts';
import { noSchedule, NO_SCHEDULES, Unit } from './unit.ts';
import type { AnyConfig, RunSchedule } from './unit.ts';

/** The application inside a worker. */
export class Application<Config extends object = AnyConfig, Actions extends ActionMap = AnyActions> extends Unit<Config, Actions> {
  readonly type = 'application';
  readonly #guests: unknown[] = [];
  #served = false;
  #runSchedule: RunSchedule = noSchedule;

  /**
   * Runs a schedule now, in this process, whatever its type, `env` and `disable`: for tests. Nothing is retried.
   *
   * @param name path in the schedule directory without the ending; a path of the file is taken, too
   * @param args handed to the task behind its context
   * @returns what the task returned
   * @throws BROOD_SCHEDULE_UNKNOWN, BROOD_SCHEDULE_TIMEOUT, or what the task throws
   */
  async runSchedule<Result = unknown>(name: string, ...args: readonly unknown[]): Promise<Result> {
    // What the task returns is known to the caller only.
    return (await this.#runSchedule(name, args)) as Result;
  }

  /** For the framework: the schedules were loaded. */
  takeSchedules(run: RunSchedule): void {
    this.#runSchedule = run;
  }

  /**
   * Says what this application serves: a `(req, res)` function, a Koa, Express, Fastify, Hono or Nest application, an
   * object with `fetch()`, a server of node:net, http, https or http2, a WebSocketServer, or a gRPC server.
   *
   * The first one that does not listen by itself gets the address of the cluster. Further ones are taken only if they
   * listen by themselves, and are drained with the first.
   *
   * @throws BROOD_GUEST_LATE when the application serves already
   */
  handle(listener: (request: IncomingMessage, response: ServerResponse) => unknown): void;
  handle(guest: object): void;
  handle(guest: unknown): void {
    if (this.#served) throw new BroodError('BROOD_GUEST_LATE');
    if (!this.#guests.includes(guest)) this.#guests.push(guest);
  }

  /** For the framework: what was handed over; from here on nothing more is taken. */
  takeGuests(): readonly unknown[] {
    this.#served = true;
    return this.#guests;
  }
}

/** The agent: one per cluster, serves nobody, works for all. */
export class Agent<Config extends object = AnyConfig, Actions extends ActionMap = AnyActions> extends Unit<Config, Actions> {
  readonly type = 'agent';
  /** The schedules of the application. Assigned by the framework, if there are any. */
  schedules: Schedules = NO_SCHEDULES;
}

/** Tells an application of a server that is about to listen, and again when it does. */
export function announce(unit: Application | Agent, server: Server): void {
  if (!(unit instanceof Application)) return;
  unit.emit('server', server);
  server.once('listening', () => unit.emit('listening', server));
}
