/** Messages per second and CPU per message of one path, under a window of unacknowledged messages that is the same for all. */
import { now, sleep } from './facts.js';

const MOST_ON_THE_WAY = 16 * 2 ** 20;

/** Who sends to whom: worker → agent, agent → all workers, worker → worker. */
export const paths = {
  'worker→agent': ({ agent, workers }) => ({ sender: workers[0], receivers: [agent], to: 'agent' }),
  'agent→workers': ({ agent, workers }) => ({ sender: agent, receivers: workers, to: 'app' }),
  'worker→worker': ({ workers }) => ({ sender: workers[0], receivers: [workers[1]], to: workers[1].pid }),
};

async function snapshot(subject, receivers) {
  const counts = await Promise.all(receivers.map(receiver => receiver.order('count')));
  return { counts, cpu: subject.cpuSeconds };
}

/** Streams for `seconds`; `{ rate (messages/s, each to all its receivers), master, all (µs of CPU per message) }`. */
export async function stream(traffic, path, bytes, seconds) {
  const { sender, receivers, to } = paths[path](traffic);
  const window = Math.max(8, Math.min(1000, Math.floor(MOST_ON_THE_WAY / bytes)));
  await Promise.all(receivers.map(receiver => receiver.order('reset')));
  await sender.order('stream', { to, bytes, window, ackEvery: Math.max(1, Math.floor(window / 10)), receivers: receivers.length });
  await sleep(200);
  const before = await snapshot(traffic.subject, receivers);
  const began = now();
  await sleep(seconds * 1000);
  const after = await snapshot(traffic.subject, receivers);
  const ended = now();
  await sender.order('stop', undefined, 30_000);
  const rates = receivers.map(
    (_, index) => ((after.counts[index].received - before.counts[index].received) / (after.counts[index].at - before.counts[index].at)) * 1000,
  );
  const rate = rates.reduce((sum, each) => sum + each, 0) / rates.length;
  const messages = rate * ((ended - began) / 1000);
  const micros = what => ((after.cpu[what] - before.cpu[what]) / messages) * 1e6;
  return { rate, master: micros('master'), all: micros('all') };
}
