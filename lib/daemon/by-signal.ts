/** What the signals of a master do beside stopping it: the same as the commands; there is nobody to answer, so the log says how it went. */
import { dumpOf } from '../cluster/dump.ts';
import type { Ground } from '../cluster/launch.ts';
import type { OwnersHands } from '../cluster/signals.ts';
import { BroodError } from '../errors.ts';
import type { Changed } from './api.ts';
import type { Operations } from './operations.ts';

/** What they need of the master. */
export interface Addressee {
  readonly operations: () => Operations;
  /** Carries out a reload that others want to know of. */
  readonly reloading: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly failed: (error: unknown) => void;
  readonly end: (signal?: string) => void;
  readonly starting: (signal?: string) => void;
  readonly hurry: () => void;
  readonly upgrade: () => Promise<Changed>;
}

/** An order that nobody waits for has failed. */
export function report(ground: Ground | undefined, error: unknown): void {
  const { message, hint } = error instanceof BroodError ? error : new BroodError('BROOD_INTERNAL', { reason: String(error) });
  ground?.logger.error(`${message}\n${hint}`);
}

export function bySignal({ logger, supervisor }: Ground, { operations, reloading, failed, starting, end, hurry, upgrade }: Addressee): OwnersHands {
  const say = (text: string): void => logger.info(text);
  const carryOut = async (begin: string, work: () => Promise<string>): Promise<void> => {
    say(begin);
    try {
      say(await work());
    } catch (error) {
      failed(error);
    }
  };
  return {
    starting,
    stop: end,
    hurry,
    reload: only =>
      void carryOut('reloading', async () => {
        await reloading(() => operations().reload({ only, wake: true }));
        return 'reloaded: every instance is of the new generation';
      }),
    scale: by =>
      void carryOut(by > 0 ? 'one more by SIGTTIN' : 'one less by SIGTTOU', async () => {
        const { formation, saved } = await operations().step(by);
        return `${Object.entries(formation)
          .map(([type, quantity]) => `${type}=${quantity}`)
          .join(' ')}${saved === undefined ? '' : `, written to ${saved}`}`;
      }),
    rest: () =>
      void carryOut('stopping everything but this master and the agent (SIGWINCH)', async () => {
        await operations().rest();
        return 'nothing runs any more; SIGHUP or brood scale brings it back';
      }),
    upgrade: () =>
      void carryOut('upgrading: another master takes the place of this one', async () => {
        const { masters } = await upgrade();
        return `upgraded: pid ${masters?.to.pid} is the master; this one ends when everything has drained`;
      }),
    dump: () => {
      for (const line of dumpOf(supervisor)) say(line);
    },
  };
}
