/** Tasks in one process: limits, what ends late, and the way out; the file that remembers; who has no schedules. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Agent, Application } from '../../../lib/app/application.ts';
import { Logger } from '../../../lib/app/logger.ts';
import { Memory } from '../../../lib/app/schedule/memory.ts';
import { Performer } from '../../../lib/app/schedule/perform.ts';
import type { Job, Schedule, TaskContext } from '../../../lib/app/schedule/types.ts';
import { later, pause } from '../../../lib/app/schedule/wait.ts';
import type { Messenger } from '../../../lib/wire/messenger.ts';
import { built, fixture } from '../../helpers/paths.ts';
import { inTime } from '../../helpers/until.ts';
import { bootOf, sink } from '../units.ts';

const { stream, lines } = sink();
const logger = new Logger(() => ({ type: 'app', slot: 1 }), { out: stream, err: stream });
// A task that sends nothing touches no messenger.
const parts = { boot: bootOf(fixture('apps', 'schedules')), messenger: {} as Messenger, logger };
const once = { tick: 0, attempt: 1, args: [] };

const jobOf = (task: (context: TaskContext) => unknown, changes: Partial<Schedule> = {}): Job => ({
  schedule: { name: 'test', file: 'test.js', type: 'worker', immediate: false, overlap: 'skip', retries: 0, backoff: 0, redeliver: 0, ...changes },
  task,
});

describe('a task', () => {
  it('that throws at once, rejects, or throws what is no error, has failed with that', async () => {
    const performer = new Performer(new Application(parts));
    const thrown = (value: unknown) => async (): Promise<never> => {
      throw value;
    };
    const { end, error } = await performer.attempt(jobOf(thrown(Object.assign(new TypeError('no'), { code: 'E_NO' }))), once);
    assert.deepEqual([end, error?.name, error?.message, error?.code], ['failed', 'TypeError', 'no', 'E_NO']);
    assert.equal((await performer.attempt(jobOf(thrown('a text')), once)).error?.message, 'a text');
    assert.equal(
      (
        await performer.attempt(
          jobOf(() => assert.fail('at once')),
          once,
        )
      ).error?.message,
      'at once',
    );
  });

  it('within its timeout is not disturbed, and the reason of its signal is the coded error beyond it', async () => {
    const performer = new Performer(new Application(parts));
    assert.equal(
      await performer.perform(
        jobOf(({ signal }) => signal.aborted, { timeout: 2 ** 33 }),
        once,
      ),
      false,
    );
    let reason: unknown;
    const heeds = jobOf(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject((reason = signal.reason)))), { timeout: 1 });
    await assert.rejects(performer.perform(heeds, once), { code: 'BROOD_SCHEDULE_TIMEOUT', message: /"test" took longer than its timeout of 1 ms/ });
    assert.equal((reason as { code?: string }).code, 'BROOD_SCHEDULE_TIMEOUT');
  });

  it('is waited for on the way out, and cut when there is no time left', async () => {
    const performer = new Performer(new Application(parts));
    let finish: () => void = () => {};
    const first = performer.attempt(
      jobOf(() => new Promise<void>(resolve => (finish = resolve))),
      once,
    );
    const drained = performer.drain();
    assert.equal(performer.leaving, true);
    finish();
    await drained;
    assert.equal((await first).end, 'succeeded');
    const second = performer.attempt(
      jobOf(() => new Promise(() => {})),
      once,
    );
    performer.cut();
    assert.deepEqual([(await second).end, (await second).error?.code], ['lost', 'BROOD_SCHEDULE_CUT']);
  });
});

describe('a wait', () => {
  it('that is longer than any timer is not over at once, and can be ended', async () => {
    const cancel = later(2 ** 40, () => assert.fail('it is over'));
    await new Promise<void>(resolve => later(5, resolve));
    cancel();
    const abort = new AbortController();
    const waited = pause(2 ** 40, abort.signal);
    abort.abort();
    assert.equal(await inTime(waited), false);
    assert.equal(await pause(1, abort.signal), false);
    assert.equal(await pause(1, new AbortController().signal), true);
  });
});

describe('what an agent remembers', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'brood-memory-'))));
  afterEach(() => rmSync(directory, { recursive: true }));
  const era = { cluster: 'a', generation: 1 };

  it('is read by the next one: ticks that were taken, those that have not ended, and how often they were begun', async () => {
    const file = path.join(directory, '.brood', 'schedule.json');
    const memory = new Memory(file, era, logger);
    assert.equal(memory.read(), undefined);
    memory.advance('one', 5);
    memory.open('one', { tick: 4, begun: 0 });
    memory.open('one', { tick: 5, begun: 1 });
    memory.settle('one', 4);
    await memory.begin('one', 5);
    assert.deepEqual(new Memory(file, era, logger).read(), { version: 1, ...era, schedules: { one: { last: 5, open: [{ tick: 5, begun: 2 }] } } });
    assert.equal(readFileSync(path.join(directory, '.brood', '.gitignore'), 'utf8'), '*\n');
  });

  it('is nothing when the file is broken or of another form, or when nothing is to be remembered', async () => {
    const file = path.join(directory, 'state.json');
    for (const text of ['{', '[]', '{"version":2}', '{"version":1,"cluster":"a","generation":1,"schedules":{"one":{"last":"now"}}}']) {
      writeFileSync(file, text);
      assert.equal(new Memory(file, era, logger).read(), undefined);
      assert.match(lines().at(-1) ?? '', /cannot be read, so no missed schedule is caught up/);
    }
    const nowhere = new Memory(undefined, era, logger);
    nowhere.advance('one', 5);
    await nowhere.begin('one', 5);
    assert.equal(nowhere.read(), undefined);
  });

  it('that cannot be written is said once, and stops nothing', async () => {
    writeFileSync(path.join(directory, 'file'), '');
    const memory = new Memory(path.join(directory, 'file', 'state.json'), era, logger);
    const before = lines().length;
    for (const tick of [1, 2]) {
      memory.open('one', { tick, begun: 0 });
      await memory.begin('one', tick);
    }
    assert.equal(lines().length, before + 1);
    assert.match(lines().at(-1) ?? '', /cannot be written/);
  });
});

describe('an application without schedules', () => {
  it('has none to run, and says how there would be', async () => {
    const app = new Application(parts);
    const agent = new Agent(parts);
    await assert.rejects(app.runSchedule('cleanup'), { code: 'BROOD_SCHEDULE_UNKNOWN', hint: /app\/schedule/ });
    await assert.rejects(agent.schedules.run('cleanup'), { code: 'BROOD_SCHEDULE_UNKNOWN' });
    assert.deepEqual(agent.schedules.list(), []);
    assert.equal(existsSync(path.join(app.baseDir, '.brood')), false);
  });

  it('loads nothing of them: what every process loads only knows where they are', () => {
    for (const name of ['app', 'agent']) {
      const hooks = readFileSync(path.join(built, `${name}.cjs`), 'utf8');
      assert.match(hooks, /entries\/schedule-/);
      assert.doesNotMatch(hooks, /overlap|cron/);
    }
  });
});
