/** An application in the process of a test, and what a test does with it. */
import type { Agent, Application } from '../app/application.ts';
import type { Logger } from '../app/logger.ts';
import { importFile } from '../app/module.ts';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BroodError } from '../errors.ts';
import type { AnyActions, Messenger } from '../wire/messenger.ts';

import { requestsTo, urlOf } from './http.ts';
import type { Requests } from './http.ts';
import { contextOf, koaOf, runIn } from './koa.ts';
import type { Context, ContextOverrides } from './koa.ts';
import { expectLine, expectNoLine } from './logs.ts';
import type { LoggedLine } from './logs.ts';
import type { MessageSpy } from './messages.ts';
import { mockFor, restoreOf } from './mock.ts';
import type { Mocked } from './mock.ts';
import { noteGone, noteUse } from './opened.ts';
import type { Opened } from './opened.ts';
import type { AgentShape, AppShape, PartsOfApp } from './parts.ts';
import { callerPlace } from './place.ts';
import { runScheduleOf } from './schedule.ts';

/** The actions that an application has described in its type. */
export type ActionsOf<App> = App extends { readonly messenger: Messenger<infer Actions> } ? Actions : AnyActions;

export class TestApp<App extends AppShape = Application, OwnAgent extends AgentShape = Agent> {
  readonly #opened: Opened;
  readonly #parts: PartsOfApp;
  #closing: Promise<void> | undefined;

  /** Made by createApp(). */
  constructor(opened: Opened, parts: PartsOfApp) {
    this.#opened = opened;
    this.#parts = parts;
    const where = parts.application.where;
    if (where !== undefined && 'port' in where) opened.port = where.port;
  }

  /** The application, as its hooks have got it. */
  get application(): App {
    // The type parameter is the application's own description of itself.
    return this.#use('application').application.unit as unknown as App;
  }

  /** The agent, as its hooks have got it. */
  get agent(): OwnAgent {
    // As above.
    return this.#use('agent').agent.unit as unknown as OwnAgent;
  }

  get config(): App['config'] {
    return this.application.config;
  }

  get logger(): Logger {
    return this.application.logger;
  }

  /** What agent, application and master have sent and received. */
  get messenger(): MessageSpy<ActionsOf<App>> {
    // The type parameter is the application's own description of its messages.
    return this.#use('messenger').spy as unknown as MessageSpy<ActionsOf<App>>;
  }

  /** The messenger of the master, for tests that play its part: `handle()` what the application asks `master`. */
  get master(): Messenger {
    return this.#use('master').master;
  }

  /** Where it is served, such as `http://127.0.0.1:40123`. @throws BROOD_TEST_NO_GUEST when it serves nothing */
  get url(): string {
    const { application, settings } = this.#use('url');
    const { where } = application;
    if (where === undefined) throw new BroodError('BROOD_TEST_NO_GUEST', { member: 'url', wanted: 'server', actual: 'nothing' });
    return urlOf(where, settings.https === undefined ? 'http' : 'https');
  }

  /** The port, 0 when it is served on none. */
  get port(): number {
    const { where } = this.#use('port').application;
    return where !== undefined && 'port' in where ? where.port : 0;
  }

  /**
   * supertest on this application: `await app.httpRequest().get('/').expect(200)`.
   *
   * @throws BROOD_TEST_PEER_MISSING when supertest is not installed
   */
  httpRequest(): Requests {
    return requestsTo(this.url, this.#parts.settings.baseDir);
  }

  /** A context that the Koa application has made for a request that was never sent. @throws BROOD_TEST_NO_GUEST where no Koa is served */
  mockContext(overrides: ContextOverrides = {}): Context {
    return contextOf(this.#koa('mockContext()'), overrides);
  }

  /**
   * Calls `work` with such a context; with Koa's option `asyncLocalStorage`, `currentContext` is that context inside.
   *
   * @throws BROOD_TEST_NO_GUEST where no Koa is served, and what `work` throws
   */
  mockContextScope<Result>(work: (context: Context) => Result, overrides: ContextOverrides = {}): Result {
    const koa = this.#koa('mockContextScope()');
    return this.#parts.application.run(() => runIn(koa, contextOf(koa, overrides), work));
  }

  /** As the mock() of the module; close() and this object's restore() put it back. @throws BROOD_TEST_MOCK */
  mock<Target extends object, Name extends keyof Target>(target: Target, name: Name, replacement: Target[Name]): Mocked<Target[Name]> {
    this.#use('mock()');
    return mockFor(this, target, name, replacement);
  }

  /** Puts back everything that this object's mock() has replaced. */
  restore(): void {
    restoreOf(this);
  }

  /** Forgets what was logged; with a logger of the application's own, takes its lines too from now on. */
  mockLog(logger?: Logger): void {
    const { logs } = this.#use('mockLog()');
    logs.forget();
    if (logger !== undefined) logs.follow(logger, 'logger');
  }

  /** What application and agent have logged since the start, or the last mockLog(). */
  get logs(): readonly LoggedLine[] {
    return this.#use('logs').logs.lines;
  }

  /** @throws BROOD_TEST_NO_LOG when no line has this text; with `logger`, no line of that one */
  expectLog(pattern: string | RegExp, logger?: Logger): void {
    expectLine(this.#use('expectLog()').logs.messages(logger), pattern);
  }

  /** @throws BROOD_TEST_LOG when a line has this text; with `logger`, a line of that one */
  notExpectLog(pattern: string | RegExp, logger?: Logger): void {
    expectNoLine(this.#use('notExpectLog()').logs.messages(logger), pattern);
  }

  /** Runs a schedule now, and gives what it returns. @throws BROOD_TEST_NO_SCHEDULES, and what the schedule throws */
  async runSchedule(name: string, ...parts: readonly unknown[]): Promise<unknown> {
    const { application } = this.#use('runSchedule()');
    return application.run(() => runScheduleOf(application.unit, name, parts));
  }

  /**
   * A module as the application has it: the same instance, also where the runner loads modules in its own way (jest, vitest).
   *
   * @param path relative to `baseDir`, or the name of a package that the application has
   * @returns its default export, else its exports
   */
  async import<Exports = unknown>(path: string): Promise<Exports> {
    const { settings } = this.#use('import()');
    const file = createRequire(join(settings.baseDir, 'package.json')).resolve(path);
    // What a module of the application exports is known to the test only.
    return (await importFile(file)).exported as Exports;
  }

  /**
   * Finishes requests that have begun, runs the beforeClose hooks of the application and then of the agent, restores the mocks.
   *
   * @throws BROOD_TEST_LEFT when a server or a connection of the application is still open then; the first error of a guest's close()
   */
  close(): Promise<void> {
    this.#opened.closed ??= callerPlace();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { application, agent } = this.#parts;
    const listeners = [...application.servers.listeners, ...agent.servers.listeners];
    try {
      await this.#parts.close();
    } finally {
      this.restore();
      noteGone(this.#opened);
    }
    const servers = listeners.filter(({ server }) => server.listening).length;
    const connections = listeners.reduce((sum, { sockets }) => sum + [...sockets].filter(socket => !socket.destroyed).length, 0);
    if (servers + connections === 0) return;
    const { what, place } = this.#opened;
    throw new BroodError('BROOD_TEST_LEFT', { what, place, left: `${servers} servers and ${connections} connections are still open` });
  }

  #koa(member: string): ReturnType<typeof koaOf> {
    return koaOf(this.#use(member).application.unit, member);
  }

  #use(member: string): PartsOfApp {
    noteUse(this.#opened, member);
    return this.#parts;
  }
}
