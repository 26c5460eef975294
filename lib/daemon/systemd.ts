/**
 * What a service manager is told, and what it hands over (sd_notify(3), sd_listen_fds(3)): ready, reloading, stopping,
 * a line of status, the watchdog; and listening sockets. What it told us in the environment is for the master alone.
 */
import { nativeOp } from '../child/native/ops.ts';
import type { InheritedSocket } from '../cluster/adopted.ts';

/** SD_LISTEN_FDS_START. */
const FIRST_FD = 3;
const NAMES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES'] as const;

type Told = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

const whole = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined);

/** Sockets that were handed to this very process, and not to the one that has started it. */
function socketsOf({ LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES = '' }: Told, pid: number): readonly InheritedSocket[] {
  if (whole(LISTEN_PID) !== pid) return [];
  const names = LISTEN_FDNAMES.split(':');
  return Array.from({ length: whole(LISTEN_FDS) ?? 0 }, (_, index) => {
    const name = names[index];
    return { fd: FIRST_FD + index, ...(name === undefined || name === '' ? {} : { name }) };
  });
}

/** Milliseconds between two signs of life: half of what the service manager waits. */
function watchdogOf({ WATCHDOG_USEC, WATCHDOG_PID }: Told, pid: number): number | undefined {
  const microseconds = whole(WATCHDOG_USEC);
  if (microseconds === undefined || microseconds === 0 || (WATCHDOG_PID !== undefined && whole(WATCHDOG_PID) !== pid)) return undefined;
  return Math.max(1, Math.floor(microseconds / 2000));
}

export class Systemd {
  /** Listening sockets that it has opened for us (socket activation). */
  readonly sockets: readonly InheritedSocket[];
  readonly #socket: string | undefined;
  readonly #beat: number | undefined;
  readonly #warn: (message: string) => void;
  #sending: Promise<void> = Promise.resolve();
  #warned = false;
  #alive: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Reads the environment, and takes out of it what is not for children. `warn` is told once when nobody can speak to it. */
  constructor(warn: (message: string) => void, environment: NodeJS.ProcessEnv = process.env) {
    const told: Told = Object.fromEntries(NAMES.map(name => [name, environment[name]]));
    for (const name of NAMES) delete environment[name];
    this.#warn = warn;
    this.#socket = told.NOTIFY_SOCKET === '' ? undefined : told.NOTIFY_SOCKET;
    this.#beat = this.#socket === undefined ? undefined : watchdogOf(told, process.pid);
    this.sockets = socketsOf(told, process.pid);
  }

  /** Somebody wants to be told. */
  get listens(): boolean {
    return this.#socket !== undefined;
  }

  /** What another master has to find in its environment to speak to it. */
  get environment(): Readonly<Record<string, string>> {
    if (this.#socket === undefined) return {};
    return { NOTIFY_SOCKET: this.#socket, ...(this.#beat === undefined ? {} : { WATCHDOG_USEC: String(this.#beat * 2000) }) };
  }

  /** The first start, or a reload, is over. From the first time on the watchdog is fed. */
  async ready(status: string): Promise<void> {
    this.#feed();
    await this.#say([`READY=1`, `MAINPID=${process.pid}`, `STATUS=${status}`]);
  }

  async reloading(): Promise<void> {
    // The clock of Node.js is CLOCK_MONOTONIC, in nanoseconds.
    await this.#say(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`, 'STATUS=reloading']);
  }

  async status(text: string): Promise<void> {
    await this.#say([`STATUS=${text}`]);
  }

  /** Another process is the master from now on; it has to feed the watchdog itself. */
  async handOver(pid: number): Promise<void> {
    this.#starve();
    await this.#say([`MAINPID=${pid}`]);
  }

  async stopping(): Promise<void> {
    await this.#say(['STOPPING=1', 'STATUS=stopping']);
  }

  /** Ends the watchdog; what was said has been sent. */
  async close(): Promise<void> {
    this.#starve();
    await this.#sending;
  }

  #feed(): void {
    if (this.#beat === undefined || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#live(), this.#beat);
    this.#timer.unref();
    this.#live();
  }

  /** Not while the last one is on its way: they would pile up behind a service manager that hangs. */
  #live(): void {
    if (this.#alive !== undefined) return;
    this.#alive = this.#say(['WATCHDOG=1']).finally(() => (this.#alive = undefined));
  }

  #starve(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One after another: a program that sends may be overtaken. */
  #say(lines: readonly string[]): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return Promise.resolve();
    // A line break would begin another assignment.
    const text = lines.map(line => line.replaceAll('\n', ' ')).join('\n');
    this.#sending = this.#sending.then(() => this.#send(socket, text));
    return this.#sending;
  }

  async #send(socket: string, text: string): Promise<void> {
    const send = nativeOp('send');
    try {
      if (send === undefined) throw new Error('Node.js has no unix datagrams: install systemd-notify (package systemd) or the package koffi');
      await send(socket, text);
    } catch (error) {
      if (!this.#warned) this.#warn(`systemd cannot be told how the application is: ${error instanceof Error ? error.message : String(error)}`);
      this.#warned = true;
    }
  }
}
