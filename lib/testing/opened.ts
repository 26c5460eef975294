/** Everything that tests have opened and not closed yet, over all copies of this module in the process; what is left is reported. */
import { BroodError } from '../errors.ts';
import { callerPlace } from './place.ts';

/** An application or a cluster that a test has opened. */
export interface Opened {
  readonly what: 'createApp()' | 'createCluster()';
  /** `file:line` of the call. */
  readonly place: string;
  /** Set once it listens. */
  port: number | undefined;
  /** `file:line` of its close(), once that was called. */
  closed: string | undefined;
  /** Milliseconds of performance.now(). */
  usedAt: number;
  /** It was reported that nobody uses it. */
  reported: boolean;
}

/** A member that is replaced. */
export interface Replaced {
  readonly name: string;
  readonly place: string;
  /** Who restores it beside the global restore(). */
  readonly owner: object | undefined;
  readonly restore: () => void;
}

interface Shared {
  readonly opened: Set<Opened>;
  readonly replaced: Replaced[];
  watch: NodeJS.Timeout | undefined;
}

/** Milliseconds without use after which something that is open is taken for forgotten. */
const IDLE = 15_000;
/** Milliseconds between two looks. */
const LOOK = 500;
// A test may put fake timers in the place of these.
const { setInterval: every, clearInterval: stop } = globalThis;

const KEY = Symbol.for('brood.testing');

function newShared(): Shared {
  const shared: Shared = { opened: new Set(), replaced: [], watch: undefined };
  Reflect.set(globalThis, KEY, shared);
  process.on('exit', () => reportLeft(shared));
  return shared;
}

/** The bundle and the modules it was made of may both be loaded: there is one list of both. */
// Proven by newShared(), the only one who sets it.
export const shared = (): Shared => (Reflect.get(globalThis, KEY) as Shared | undefined) ?? newShared();

function say(error: BroodError): void {
  process.stderr.write(`\n[brood/testing] ${error.code}: ${error.message}\n  ${error.hint}\n`);
}

function reportLeft({ opened, replaced }: Shared): void {
  for (const { what, place, reported } of opened) if (!reported) say(new BroodError('BROOD_TEST_NOT_CLOSED', { what, place, state: 'was never closed' }));
  for (const { name, place } of replaced) say(new BroodError('BROOD_TEST_NOT_RESTORED', { name, place }));
}

/** A runner that waits for us says nothing: who has forgotten close() is told while it waits. */
function reportIdle({ opened }: Shared): void {
  const limit = Number(process.env['BROOD_TESTING_IDLE'] ?? IDLE);
  for (const one of opened) {
    if (one.reported || one.closed !== undefined || performance.now() - one.usedAt < limit) continue;
    one.reported = true;
    say(new BroodError('BROOD_TEST_NOT_CLOSED', { what: one.what, place: one.place, state: `is still open, and was not used for ${limit} ms` }));
  }
}

/** Notes that something was opened by whoever called the test kit. */
export function noteOpened(what: Opened['what']): Opened {
  const all = shared();
  const one: Opened = { what, place: callerPlace(), port: undefined, closed: undefined, usedAt: performance.now(), reported: false };
  all.opened.add(one);
  all.watch ??= every(() => reportIdle(all), LOOK).unref();
  return one;
}

/** It is gone. */
export function noteGone(one: Opened): void {
  const all = shared();
  all.opened.delete(one);
  if (all.opened.size > 0) return;
  stop(all.watch);
  all.watch = undefined;
}

/** Notes that it is used. @throws BROOD_TEST_CLOSED when close() was called before */
export function noteUse(one: Opened, member: string): void {
  one.usedAt = performance.now();
  const { what, place, closed } = one;
  if (closed !== undefined) throw new BroodError('BROOD_TEST_CLOSED', { member, what, place, closed });
}

/** What holds this port, if it is one of ours. */
export const holderOf = (port: number): Opened | undefined => [...shared().opened].find(one => one.port === port);
