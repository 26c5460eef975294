/** The same faults for Brood and its peers: `measurePeers({ ids, names })` answers `{ id: { name: words } }`. */
import { Context } from '../lib/context.js';
import { NAMES, Peer } from '../lib/peer.js';
import { tests } from './tests.js';

/** No test may take longer, in milliseconds. */
const LONGEST = 120_000;

async function one(test, name) {
  const context = new Context({ quick: false });
  const peer = new Peer(name, context, test.how?.[name]);
  let timer;
  try {
    if (!(await peer.prepare())) return 'not available here';
    if (!test.starts) await peer.start();
    const late = new Promise(resolve => (timer = setTimeout(() => resolve('no end after 120 s'), LONGEST)));
    return await Promise.race([test.run(peer, context), late]);
  } catch (error) {
    return `could not be measured: ${error.message.split('\n')[0]}`;
  } finally {
    clearTimeout(timer);
    await peer.end();
    await context.finish({});
  }
}

export async function measurePeers({ ids = [], names = NAMES } = {}) {
  const results = {};
  for (const test of tests) {
    if (ids.length > 0 && !ids.includes(test.id)) continue;
    results[test.id] = { title: test.title };
    for (const name of names) {
      const reason = test.not?.[name];
      results[test.id][name] = reason === undefined ? await one(test, name) : `– (${reason})`;
      console.log(`${test.id.padEnd(4)}${name.padEnd(12)}${results[test.id][name]}`);
    }
  }
  return results;
}
