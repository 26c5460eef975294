/** Messages per second and the master's CPU per message: 100 B to 1 MB, three paths, and a broadcast to 8 workers. */
import { startTraffic } from './lib/control.js';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { figure, medians, table } from './lib/stats.js';
import { paths, stream } from './lib/streaming.js';

const SIZES = { '100 B': 100, '1 KB': 1000, '64 KB': 64_000, '1 MB': 1_000_000 };
const NAMES = ['egg', 'brood'];

async function over(workers, cases, settings) {
  const traffics = await startAll(NAMES, settings, name => startTraffic(name, settings, { workers }));
  const results = [];
  try {
    for (const { path, size } of cases) {
      const samples = await inTurn(traffics, settings, (_name, traffic) => stream(traffic, path, SIZES[size], settings.seconds));
      const found = Object.fromEntries([...samples].filter(([, list]) => list.length > 0).map(([name, list]) => [name, medians(list)]));
      results.push({ path: workers === 2 ? path : `agent→${workers} workers`, size, found });
    }
  } finally {
    await stopAll(traffics);
  }
  return results;
}

/** What the issue asks of a case. */
function wanted({ path, size }) {
  if (path === 'agent→8 workers') return { faster: 5 };
  return size === '100 B' || size === '1 KB' ? { faster: 3, master: 0.12 } : { faster: 2, master: 0.15 };
}

function judge(result) {
  const { faster, master } = wanted(result);
  const { egg, brood } = result.found;
  const name = `${result.size}, ${result.path}`;
  const targets = [target(`${name}: messages/s ÷ egg-cluster`, ratio(brood?.rate, egg?.rate), { least: faster })];
  if (master !== undefined) targets.push(target(`${name}: master CPU per message ÷ egg-cluster`, ratio(brood?.master, egg?.master), { most: master }));
  return targets;
}

export const row = {
  name: 'messenger',
  about:
    'A message is an array of small records of about the given size as JSON; at most 1000 of them (16 MiB) unacknowledged, an acknowledgement for each tenth of the window. CPU in µs per message; a message to several receivers counts once.',
  async measure(settings) {
    const cases = Object.keys(SIZES).flatMap(size => Object.keys(paths).map(path => ({ path, size })));
    const results = [...(await over(2, cases, settings)), ...(await over(8, [{ path: 'agent→workers', size: '100 B' }], settings))];
    const rows = results.flatMap(({ path, size, found }) =>
      Object.entries(found).map(([name, m]) => [size, path, name, figure(m.rate), figure(ratio(m.rate, found.egg?.rate)), figure(m.master), figure(m.all)]),
    );
    const head = ['size', 'path', 'implementation', 'messages/s', '× egg', 'master µs/message', 'all µs/message'];
    return { tables: [table(head, rows)], targets: results.flatMap(judge) };
  },
};

await runAlone(row, import.meta);
