/** Workers that are killed from outside: once, again and again, stopped, and looping. */
import { descriptors } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

const sum = (...loads) => ({
  ok: loads.reduce((total, { ok }) => total + ok, 0),
  failed: loads.reduce((total, { failed }) => total + failed, 0),
  hung: loads.reduce((total, { hung }) => total + hung, 0),
  refused: loads.reduce((total, { errors }) => total + (errors.ECONNREFUSED ?? 0), 0),
});

async function killUnderLoad(context) {
  const master = await context.start();
  const loads = [await context.load(master, { connections: 10 }), await context.load(master, { connections: 10, keepAlive: false })];
  await sleep(1000);
  const before = descriptors(master.pid).all;
  const [victim] = master.ready();
  const at = Date.now();
  process.kill(victim.pid, 'SIGKILL');
  const again = await master.readyAgain(2, { from: at });
  await sleep(700);
  const counts = sum(...(await Promise.all(loads.map(load => load.stop()))));
  await until(() => descriptors(master.pid).all === before, 2000);
  const after = descriptors(master.pid).all;
  const [death] = master.deaths();
  return {
    measured: { 'replaced after ms': again - at, ...counts, 'descriptors before': before, after },
    checks: {
      // The quick rows run on machines that others use, too.
      'ready again within 1.5 s': again - at < (context.quick ? 6000 : 1500),
      'nothing hung': counts.hung === 0,
      'nothing refused': counts.refused === 0,
      // Each of the 20 clients has one request in flight, and the kernel may hold one connection more for each that the dead worker had not read.
      'only what was in flight failed': counts.failed <= 20,
      'descriptors of the master unchanged': after === before,
      'a death record with the signal': death?.signal === 'SIGKILL' && death.type === 'app' && death.served,
    },
  };
}

async function killAgainAndAgain(context) {
  const master = await context.start();
  // On a loaded machine a request may wait for two boots.
  const load = await context.load(master, { connections: 20, keepAlive: false, limit: 20_000 });
  const rounds = context.quick ? 12 : 40;
  const killed = new Set();
  for (let round = 0; round < rounds; round++) {
    const [victim] = master.ready();
    if (victim !== undefined) {
      process.kill(victim.pid, 'SIGKILL');
      killed.add(victim.pid);
    }
    await sleep(250);
  }
  const at = Date.now();
  const full = await until(() => master.ready().length === 2 && !master.ready().some(({ pid }) => killed.has(pid)), 5000);
  const recovered = Date.now() - at;
  const counts = await load.stop();
  const kills = killed.size;
  const refused = counts.errors.ECONNREFUSED ?? 0;
  return {
    measured: { kills, ok: counts.ok, failed: counts.failed, refused, hung: counts.hung, 'recovered after ms': recovered },
    checks: {
      'nothing refused': refused === 0,
      'nothing hung': counts.hung === 0,
      'recovered within 5 s': full === true,
      'one record for each death': master.deaths().length === kills,
    },
  };
}

/** `injure` makes one worker fall silent and answers its pid. */
async function silence(context, injure) {
  const master = await context.start();
  const { pid, at } = await injure(master);
  await sleep(200);
  const load = await context.load(master, { connections: 4, keepAlive: false, pause: 5, limit: 5000 });
  const death = await master.waitDeath(one => one.pid === pid, 15_000);
  const full = await until(() => master.ready().length === 2, 5000);
  const counts = await load.stop();
  const suspects = master.all('log').filter(({ message }) => message.includes('does not answer')).length;
  return {
    measured: {
      'killed after ms': death && death.at - at,
      signal: death?.signal,
      reason: death?.reason,
      ok: counts.ok,
      failed: counts.failed,
      hung: counts.hung,
      suspects,
    },
    checks: {
      'killed within 10 s': death !== undefined && death.at - at <= 10_200,
      replaced: full === true,
      'the reason is a hang': death?.reason === 'hang',
      'at most one new connection delayed': counts.hung + counts.failed <= 1,
      'reported as suspect once': suspects === 1,
    },
  };
}

async function stopAndContinue(context) {
  const master = await context.start();
  const [victim] = master.ready();
  process.kill(victim.pid, 'SIGSTOP');
  await sleep(5000);
  process.kill(victim.pid, 'SIGCONT');
  await sleep(3000);
  const suspects = master.all('log').filter(({ message }) => message.includes('does not answer')).length;
  return {
    measured: { suspects, deaths: master.deaths().length },
    checks: {
      'no death': master.deaths().length === 0,
      'one suspect': suspects === 1,
      'the same worker': master.ready().some(({ pid }) => pid === victim.pid),
    },
  };
}

export const rows = [
  {
    id: 'W1',
    title: 'SIGKILL of a worker under load (10 keep-alive and 10 short connections)',
    expected: 'ready again < 1.5 s; 0 hung, 0 refused; only what was in flight fails; descriptors of the master unchanged',
    quick: true,
    run: killUnderLoad,
  },
  {
    id: 'W2',
    title: 'SIGKILL of a worker every 250 ms for 10 s',
    expected: '0 refused, 0 hung; full again < 5 s after',
    quick: false,
    run: killAgainAndAgain,
  },
  {
    id: 'W3',
    title: 'SIGSTOP of a worker (hangTimeout 9 s)',
    expected: 'killed within 10 s as a hang and replaced; at most one new connection delayed',
    quick: false,
    run: context =>
      silence(context, master => {
        const [victim] = master.ready();
        process.kill(victim.pid, 'SIGSTOP');
        return { pid: victim.pid, at: Date.now() };
      }),
  },
  {
    id: 'W4',
    title: 'SIGSTOP of a worker, SIGCONT after 5 s',
    expected: 'no kill; reported as suspect once',
    quick: false,
    run: stopAndContinue,
  },
  {
    id: 'W5',
    title: 'a worker in an endless loop',
    expected: 'as W3',
    quick: false,
    run: context =>
      silence(context, async master => {
        const { pid } = await context.deed(master, 'loop');
        return { pid, at: Date.now() };
      }),
  },
];
