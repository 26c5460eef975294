/** What the control API does at single instances: signals, conversations, and the state of everything. */
import { dumpOf } from '../cluster/dump.ts';
import type { Ground } from '../cluster/launch.ts';
import { Attachments } from './attach.ts';
import type { Plan } from './plan.ts';
import type { Backstage } from './routes.ts';
import { sendSignal } from './send-signal.ts';

export function atInstances(ground: () => Ground, plan: () => Plan): Pick<Backstage, 'signal' | 'dump' | 'attach'> {
  const attachments = new Attachments();
  return {
    signal: order => sendSignal(ground(), order),
    dump: () => dumpOf(ground().supervisor),
    attach: order => attachments.attach(ground(), plan(), order),
  };
}
