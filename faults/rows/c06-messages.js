/** Messages: too large, odd, hostile, crafted, to nobody, and to a receiver that does not read. */
import { join } from 'node:path';
import { peakRss, rss } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const MEGABYTE = 1024 * 1024;

async function tooLarge(context) {
  const master = await context.start();
  const before = peakRss(master.pid);
  const { outcome, milliseconds } = await context.json(master, `/mail/large?bytes=${100 * MEGABYTE}`);
  return {
    measured: { code: outcome.code, 'loop stood still for ms': milliseconds.toFixed(2), 'master MiB': Math.round((peakRss(master.pid) - before) / MEGABYTE) },
    checks: { 'refused at the sender': outcome.code === 'BROOD_MAIL_TOO_LARGE', 'within 5 ms': milliseconds < 5 },
  };
}

async function oddContents(context) {
  const master = await context.start();
  const odd = await context.json(master, '/mail/odd');
  return {
    measured: Object.fromEntries(Object.entries(odd).map(([what, { code, delivered }]) => [what, code ?? `delivered ${delivered}`])),
    checks: {
      'a circle, a BigInt and undefined pass': [odd.circular, odd.bigint, odd.undefined].every(({ delivered }) => delivered === 1),
      'a function and a symbol are refused with a code': [odd.function, odd.symbol].every(({ code }) => code === 'BROOD_MAIL_UNSENDABLE'),
      'the message names the key': /listener/.test(odd.function.message),
    },
  };
}

const CONFIGURATIONS = [
  ['brood.config.json', '{"__proto__": {"polluted": 1}}'],
  ['brood.config.json', '{"config": {"a": [{"__proto__": {"polluted": 1}}]}}'],
  ['brood.config.json', '{"env": {"__proto__": "x"}, "processes": {"constructor": {"command": "a"}}}'],
  ['brood.config.yaml', '__proto__: { polluted: 1 }\n'],
  ['brood.config.yaml', 'config: { constructor: { prototype: { polluted: 1 } }, __proto__: 1 }\n'],
  ['brood.config.mjs', 'export default JSON.parse(\'{"__proto__": {"polluted": 1}}\');\n'],
];

/** The codes with which they are refused, in this process. */
async function configurations(context) {
  const { inspectConfig } = await import(`${context.dist}/lib/daemon/config-file.js`);
  const codes = [];
  for (const [name, text] of CONFIGURATIONS) {
    context.write(name, text);
    const { errors } = await inspectConfig(join(context.directory, name), { env: 'local', command: 'start' });
    codes.push(errors[0]?.code);
  }
  return codes;
}

async function prototypes(context) {
  const master = await context.start();
  const seen = await context.json(master, '/mail/pollute');
  const refused = await configurations(context);
  return {
    measured: { ...seen, 'configuration files refused': `${refused.length}: ${[...new Set(refused)].join(', ')}` },
    checks: {
      'nothing polluted': seen.polluted === 'undefined',
      'the prototype is untouched': seen.prototype === true,
      'each configuration file is refused': refused.length === CONFIGURATIONS.length && refused.every(code => code?.startsWith('BROOD_CONFIG_')),
      'and pollutes nothing': {}.polluted === undefined,
    },
  };
}

/** Sends crafted messages over the channel of workers; each worker falls at its third. */
async function crafted(context) {
  const master = await context.start();
  const before = rss(master.pid);
  for (let number = 0; number < 15; number++) {
    await context.deed(master, 'crafted', { number });
    await sleep(30);
  }
  await until(() => master.ready().length === 2, 5000);
  // Ten more to one worker.
  const violations = master.all('error').filter(({ error }) => error.code === 'BROOD_PROTOCOL').length;
  const replaced = master.deaths().filter(({ reason }) => reason === 'protocol-violation').length;
  const { status } = await context.get(master);
  return {
    measured: { violations, 'workers replaced': replaced, alive: master.alive, 'master MiB': Math.round((rss(master.pid) - before) / MEGABYTE) },
    checks: { 'the master lives': master.alive, 'each is reported': violations >= 8, 'who goes on is replaced': replaced >= 1, serves: status === 200 },
  };
}

async function rawGarbage(context) {
  const master = await context.start();
  const { heapUsed } = await master.command('collect');
  const before = rss(master.pid);
  const outcomes = [];
  for (const deed of ['garbage', 'garbage-long']) {
    const at = Date.now();
    void context.deed(master, deed);
    const death = await master.waitDeath(({ reason }) => reason === 'protocol-violation', 15_000, at);
    await until(() => master.ready().length === 2, 5000);
    outcomes.push({ deed, reason: death?.reason });
  }
  const peak = peakRss(master.pid) - before;
  // An idle master collects late; what counts is that it can.
  const kept = (await master.command('collect')).heapUsed - heapUsed;
  const { status } = await context.get(master);
  return {
    measured: { outcomes, 'master peak MiB': Math.round(peak / MEGABYTE), 'kept MiB': Math.round(kept / MEGABYTE) },
    checks: {
      'the master lives': master.alive && status === 200,
      'the worker is replaced': outcomes.every(({ reason }) => reason === 'protocol-violation'),
      'peak below +256 MiB': peak < 256 * MEGABYTE,
      'nothing of it is kept': kept < 4 * MEGABYTE,
    },
  };
}

async function actionNames(context) {
  const master = await context.start();
  const { sent, heard, readyCalls, refusal } = await context.json(master, '/mail/names');
  return {
    measured: { sent, heard, readyCalls, refusal },
    checks: { 'every name arrives': heard === sent, 'no false ready': readyCalls === 1, 'ready is refused': refusal === 'BROOD_MAIL_RESERVED' },
  };
}

async function deadReceiver(context) {
  const master = await context.start();
  const [victim, other] = master.ready();
  process.kill(victim.pid, 'SIGKILL');
  await master.waitDeath(({ pid }) => pid === victim.pid);
  await sleep(100);
  const outcome = await context.json(master, `/mail/to?pid=${victim.pid}`);
  const foreign = await context.json(master, `/mail/to?pid=${process.pid}`);
  return {
    measured: { 'to the dead': outcome, 'to a stranger': foreign, other: other.pid },
    checks: {
      'counted as dropped': outcome.delivered === 0 && outcome.dropped === 1,
      'a pid that is not ours gets nothing': foreign.delivered === 0 && foreign.dropped === 1,
    },
  };
}

async function stoppedReceiver(context) {
  const count = context.quick ? 200_000 : 1_000_000;
  const limit = 4 * MEGABYTE;
  const master = await context.start({ mailLimit: limit, hangTimeout: 60_000 });
  const [victim, sender] = master.ready();
  process.kill(victim.pid, 'SIGSTOP');
  const before = rss(sender.pid);
  const outcome = await context.json(master, `/mail/many?pid=${victim.pid}&count=${count}`, { timeout: 100_000 });
  const { delivered, dropped, pending, counted } = outcome;
  const growth = Math.round((peakRss(sender.pid) - before) / MEGABYTE);
  process.kill(victim.pid, 'SIGCONT');
  return {
    measured: {
      delivered,
      dropped,
      pending,
      'counter of the sender': counted,
      'sender MiB': growth,
      'master MiB': Math.round((rss(master.pid) - master.baseline.rss) / MEGABYTE),
    },
    checks: {
      'some had to be dropped': dropped > 0,
      'the counter is exact': counted === dropped && delivered + dropped + pending === count,
      'the sender stays small': growth < 256,
    },
  };
}

async function closedChannel(context) {
  const master = await context.start({ drainTimeout: 5000 });
  // A request in flight keeps the worker alive after it has left the channel.
  const slow = context.get(master, '/slow?ms=1500');
  const { pid } = JSON.parse((await Promise.all([context.get(master, '/do?deed=disconnect'), sleep(100)]))[0].text);
  await sleep(100);
  const outcome = await master.command('send', pid, 'count', 1);
  await master.command('scale', 3);
  const { status } = await slow;
  const death = await master.waitDeath(one => one.pid === pid);
  const full = await until(() => master.ready().length === 3, 5000);
  const unhandled = /ERR_IPC_CHANNEL_CLOSED|EPIPE/.test(master.output);
  return {
    measured: { outcome, 'request in flight': status, 'exit code': death?.code, unhandled },
    checks: { 'no unhandled error': !unhandled, 'the master lives': master.alive, 'what was in flight is answered': status === 200, replaced: full === true },
  };
}

export const rows = [
  { id: 'C6', title: 'a message of 100 MB', expected: 'BROOD_MAIL_TOO_LARGE at the sender; its loop stands still < 5 ms', quick: true, run: tooLarge },
  {
    id: 'C7',
    title: 'a circle, BigInt, undefined; a function, a symbol',
    expected: 'what structuredClone takes arrives; the rest is BROOD_MAIL_UNSENDABLE with the key',
    quick: true,
    run: oddContents,
  },
  { id: 'C8', title: '`__proto__` and `constructor.prototype` in contents', expected: 'no prototype changes', quick: true, run: prototypes },
  {
    id: 'C9',
    title: '15 crafted messages (NODE_CLUSTER, NODE_HANDLE, ours) over the IPC channel',
    expected: 'the master lives; each a BROOD_PROTOCOL event; a worker is replaced at its third',
    quick: true,
    run: crafted,
  },
  {
    id: 'C10',
    title: 'bytes that are no JSON, and 100 MB without a line end, on the raw channel',
    expected: 'the master lives, the worker is replaced; peak < +256 MiB, nothing of it is kept',
    quick: true,
    growth: 64 * MEGABYTE,
    run: rawGarbage,
  },
  {
    id: 'C11',
    title: 'action names that an emitter or Egg uses',
    expected: 'all arrive; `ready`, which is ours alone, is refused at the sender and ignored at the receiver',
    quick: true,
    run: actionNames,
  },
  { id: 'C12', title: 'mail to a dead pid, and to a stranger', expected: 'counted as dropped, delivered to nobody', quick: true, run: deadReceiver },
  {
    id: 'C13',
    title: '1,000,000 messages to a stopped worker without waiting (quick: 200,000; limit 4 MiB)',
    expected: 'promises wait from the limit on; beyond twice the limit the newest is dropped and counted exactly',
    quick: true,
    run: stoppedReceiver,
  },
  {
    id: 'C14',
    title: 'the master sends to a worker that has left the channel and still drains',
    expected: 'no unhandled error; what is in flight is answered; the worker is replaced',
    quick: true,
    run: closedChannel,
  },
];
