/** Inside a process of a cluster under test: answers the test kit, and tells it what mail comes and goes. */
import type { Agent, Application } from '../../app/application.ts';
import { importFile } from '../../app/module.ts';
import { isSeen, kindOf, OWN_ACTION } from '../messages.ts';
import { restore } from '../mock.ts';
import { runScheduleOf } from '../schedule.ts';

/** What the test kit asks for. */
export const ASK = {
  run: `${OWN_ACTION}run`,
  schedule: `${OWN_ACTION}schedule`,
  crash: `${OWN_ACTION}crash`,
  restore: `${OWN_ACTION}restore`,
} as const;

/** What it is told: one mail that came or went. */
export const MAIL_SEEN = `${OWN_ACTION}mail`;

/** As it travels to the test. */
export interface SeenMail {
  readonly way: 'sent' | 'received';
  readonly action: string;
  readonly data: unknown;
  readonly kind: 'message' | 'request';
  /** This process, and those at the other end. */
  readonly self: number;
  readonly others: readonly number[];
}

interface Run {
  readonly file: string;
  readonly parts: readonly unknown[];
}
interface Schedule {
  readonly name: string;
  readonly parts: readonly unknown[];
}

type Deed = (unit: Application | Agent, ...parts: readonly unknown[]) => unknown;

async function runModule(unit: Application | Agent, { file, parts }: Run): Promise<unknown> {
  const { exported } = await importFile(file);
  if (typeof exported !== 'function') throw new TypeError(`${file} exports no function as its default`);
  // Proven one line above, as far as it can be.
  return (exported as Deed)(unit, ...parts);
}

function tellMail(unit: Application | Agent): void {
  const { messenger, id: self } = unit;
  // Asked and not sent, for what is sent to the master is an event of the cluster. A test that has gone needs no answer.
  const tell = (mail: SeenMail): void => void messenger.request('master', MAIL_SEEN, mail).catch(() => {});
  messenger.tap({
    sent(others, mail) {
      if (isSeen(mail)) tell({ way: 'sent', action: mail.action, data: mail.content, kind: kindOf(mail), self, others });
    },
    received(from, mail) {
      if (isSeen(mail)) tell({ way: 'received', action: mail.action, data: mail.content, kind: kindOf(mail), self, others: [from] });
    },
  });
}

export function serveTests(unit: Application | Agent): void {
  const { messenger } = unit;
  // The test kit is the only one who asks, in these shapes.
  messenger.handle(ASK.run, order => runModule(unit, order as Run));
  messenger.handle(ASK.schedule, order => {
    const { name, parts } = order as Schedule;
    return runScheduleOf(unit, name, parts);
  });
  messenger.handle(ASK.restore, () => restore());
  messenger.on(ASK.crash, () =>
    setImmediate(() => {
      throw new Error('crashed by crashWorker() of a test');
    }),
  );
  tellMail(unit);
}
