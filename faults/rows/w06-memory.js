/** Memory that runs out, by V8's limit and by the kernel's; and what a dead worker leaves behind. */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { alive } from '../lib/proc.js';
import { sleep, until } from '../lib/until.js';

async function heapLimit(context) {
  const master = await context.start({ execArgv: ['--max-old-space-size=64'] });
  const at = Date.now();
  const { pid } = await context.deed(master, 'oom');
  const death = await master.waitDeath(one => one.pid === pid, 60_000);
  const again = await master.readyAgain(2, { from: at, within: 10_000 });
  return {
    measured: { signal: death?.signal, reason: death?.reason, 'last lines': death?.lastLines.length, 'ready again after ms': again && again - death.at },
    checks: { SIGABRT: death?.signal === 'SIGABRT', 'recognised as out of memory': death?.reason === 'out-of-memory', replaced: again !== undefined },
  };
}

async function groupLimit(context) {
  const group = `/sys/fs/cgroup/memory/brood-faults-${process.pid}`;
  try {
    mkdirSync(group);
    writeFileSync(`${group}/memory.limit_in_bytes`, String(500 * 1024 * 1024));
  } catch {
    return { measured: {}, checks: {}, skip: 'needs a memory cgroup (v1) that it may write' };
  }
  try {
    const master = await context.start({}, { wrap: ['/bin/sh', '-c', `echo $$ > ${group}/cgroup.procs; exec "$0" "$@"`] });
    const others = () => [master.pid, ...master.instances().map(({ pid }) => pid)];
    const before = others();
    const at = Date.now();
    const { pid } = await context.deed(master, 'buffers');
    const death = await master.waitDeath(one => one.pid === pid, 30_000);
    const again = await master.readyAgain(2, { from: at });
    const survivors = before.filter(one => one !== pid && alive(one)).length;
    await master.end();
    return {
      measured: { signal: death?.signal, reason: death?.reason, survivors: `${survivors} of ${before.length - 1}` },
      checks: {
        'SIGKILL recognised as out of memory': death?.signal === 'SIGKILL' && death.reason === 'out-of-memory',
        'only that worker': survivors === before.length - 1,
        replaced: again !== undefined,
      },
    };
  } finally {
    await until(() => {
      try {
        rmdirSync(group);
        return true;
      } catch {
        return false;
      }
    }, 3000);
  }
}

async function detachedChild(context) {
  const master = await context.start();
  const { pid, result: child } = await context.deed(master, 'detached');
  const wasAlive = alive(child);
  process.kill(pid, 'SIGKILL');
  await master.waitDeath(one => one.pid === pid);
  const at = Date.now();
  const gone = await until(() => !alive(child), 3000);
  await sleep(10);
  return { measured: { 'child gone after ms': Date.now() - at }, checks: { 'it was alive': wasAlive, 'ended with its worker': gone === true } };
}

export const rows = [
  { id: 'W6', title: 'the heap of a worker runs full (64 MB)', expected: 'SIGABRT recognised as out-of-memory; replaced', quick: true, run: heapLimit },
  {
    id: 'W7',
    title: 'the kernel kills a worker in a cgroup of 500 MB',
    expected: 'SIGKILL recognised as out-of-memory; nobody else dies; replaced',
    quick: true,
    run: groupLimit,
  },
  { id: 'W24', title: 'a worker dies and leaves a detached child', expected: 'the child is ended', quick: true, run: detachedChild },
];
