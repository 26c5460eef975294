/** Reading schedules: the forms of a file, its names, the fields, and every mistake that can be made. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BroodError, startCluster } from '../../../index.ts';
import { Application } from '../../../lib/app/application.ts';
import { jobOf, loadSchedules } from '../../../lib/app/schedule/load.ts';
import { Performer } from '../../../lib/app/schedule/perform.ts';
import type { Job, Schedule } from '../../../lib/app/schedule/types.ts';
import type { Messenger } from '../../../lib/wire/messenger.ts';
import { brief } from '../../helpers/orders.ts';
import { bootOf } from '../units.ts';

const TASK = 'exports.task = () => {};';

describe('schedule files', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'brood-load-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), text);
      // A file that is written once more is another one.
      delete createRequire(import.meta.url).cache[path.join(directory, name)];
    }
  };
  const unitOf = (config: object = {}, units: readonly string[] = ['']): Application => {
    // Loading sends no mail.
    const unit = new Application({ boot: bootOf(directory), messenger: {} as Messenger });
    unit.directories = units.map(unitDirectory => path.join(directory, unitDirectory));
    unit.config = { schedule: config };
    return unit;
  };
  const load = async (files: Readonly<Record<string, string>>, config: object = {}, units?: readonly string[]): Promise<ReadonlyMap<string, Job>> => {
    write(files);
    return loadSchedules(unitOf(config, units));
  };
  /** The schedule of a file that says so of itself. */
  const read = async (fields: string, config: object = {}): Promise<Schedule | undefined> =>
    (await load({ 'app/schedule/one.cjs': `exports.schedule = ${fields}; ${TASK}` }, config)).get('one')?.schedule;
  const refused = async (loading: Promise<unknown>, code: string, text: RegExp): Promise<BroodError> => {
    const error = await loading.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof BroodError, String(error));
    assert.deepEqual([error.code, error.exitCode], [code, code === 'BROOD_HOOK_FAILED' ? 4 : 5]);
    assert.match(`${error.message} | ${error.hint}`, text);
    return error;
  };

  it('export schedule and task, a function of the application, or a class', async () => {
    const jobs = await load({
      'app/schedule/object.cjs': 'module.exports = { schedule: { interval: 5 }, said: "object", task() { return this.said; } };',
      'app/schedule/named.mjs': 'export const schedule = { interval: 5 }; export const task = () => "named";',
      'app/schedule/function.mjs': 'export default async app => ({ schedule: { interval: 5 }, task: () => app.type });',
      'app/schedule/class.ts':
        'export default class { static schedule: object = { interval: 5 }; private c: any; constructor(c: any) { this.c = c; } subscribe(...args: unknown[]) { return [this.c.attempt, ...args]; } }',
      'app/schedule/old.js': 'function Old() {} Old.schedule = { interval: 5 }; Old.prototype.subscribe = () => "old"; module.exports = Old;',
    });
    const performer = new Performer(unitOf());
    const run = async (name: string): Promise<unknown> => performer.perform(jobOf(jobs, name, directory), { tick: 1, attempt: 1, args: ['a', 2] });
    assert.deepEqual(await Promise.all(['object', 'named', 'function', 'class', 'old'].map(run)), ['object', 'named', 'application', [1, 'a', 2], 'old']);
  });

  it('are named after their path, in every load unit and in the directories of the configuration', async () => {
    const job = `exports.schedule = { interval: 5 }; ${TASK}`;
    const files = {
      'plugin/app/schedule/sync.cjs': job,
      'app/schedule/cleanup/sessions.cjs': job,
      'app/schedule/both.ts': 'export const schedule = { interval: 5 }; export const task = (): void => {};',
      'app/schedule/both.js': 'a compiled twin is not read',
      'app/schedule/types.d.ts': 'declare const nothing: unknown;',
      'app/schedule/.hidden.cjs': 'not read',
      'app/schedule/README.md': 'not read',
      'elsewhere/extra.cjs': job,
    };
    const jobs = await load(files, { directory: 'elsewhere' }, ['plugin', '']);
    assert.deepEqual([...jobs.keys()].sort(), ['both', 'cleanup/sessions', 'extra', 'sync']);
    const spellings = [
      'cleanup/sessions',
      'cleanup/sessions.cjs',
      'app/schedule/cleanup/sessions',
      './app/schedule/cleanup/sessions.cjs',
      path.join(directory, 'app/schedule/cleanup/sessions.cjs'),
    ];
    assert.deepEqual(new Set(spellings.map(name => jobOf(jobs, name, directory).schedule.name)), new Set(['cleanup/sessions']));
    assert.equal(jobOf(jobs, path.join(directory, 'elsewhere/extra.cjs'), directory).schedule.name, 'extra');
  });

  it('have defaults, in milliseconds', async () => {
    assert.deepEqual(await read("{ interval: '30s', timeout: '1.5m' }"), {
      name: 'one',
      file: 'app/schedule/one.cjs',
      type: 'worker',
      interval: 30_000,
      immediate: false,
      overlap: 'skip',
      timeout: 90_000,
      retries: 0,
      backoff: 1000,
      redeliver: 2,
    });
  });

  it("take Egg's cronOptions", async () => {
    const schedule = await read(
      "{ cron: '0 0 3 * * *', cronOptions: { tz: 'Asia/Shanghai', startDate: '2026-01-01T00:00:00Z', endDate: new Date('2030-01-01') } }",
    );
    assert.deepEqual([schedule?.timeZone, schedule?.from, schedule?.until], ['Asia/Shanghai', Date.UTC(2026, 0, 1), Date.UTC(2030, 0, 1)]);
    assert.equal((await read("{ cron: '0/10 * * * * *', cronOptions: { utc: true } }"))?.timeZone, 'UTC');
  });

  it('are changed, and switched off, by config.schedule', async () => {
    const changed = await read('{ interval: 5 }', { jobs: { one: { interval: '1h', env: ['prod'] } } });
    assert.deepEqual([changed?.interval, changed?.off], [3_600_000, 'env']);
    assert.equal((await read('{ interval: 5 }', { enabled: false }))?.off, 'config');
    assert.equal((await read('{ disable: true }'))?.off, 'disable');
  });

  it('with a task, or nothing, that is missing are refused', async () => {
    const refuse = async (text: string, actual: RegExp): Promise<void> => {
      await refused(load({ 'app/schedule/wrong.cjs': text }), 'BROOD_SCHEDULE_EXPORT', actual);
      rmSync(path.join(directory, 'app'), { recursive: true });
    };
    await refuse('exports.schedule = { interval: 5 };', /^app\/schedule\/wrong\.cjs must export .*without a function "task".* \| Write: /);
    await refuse('exports.task = () => {};', /without "schedule"/);
    await refuse('module.exports = 5;', /got number/);
    await refuse('module.exports = () => null;', /got null/);
    await refuse('module.exports = class { subscribe() {} };', /a class without a static "schedule"/);
    await refuse('module.exports = class { static schedule = {}; };', /a class without subscribe\(\)/);
    const thrown = await refused(
      load({ 'app/schedule/wrong.cjs': 'module.exports = () => { throw new Error("no database"); };' }),
      'BROOD_HOOK_FAILED',
      /no database/,
    );
    assert.match(String(thrown.details['frame']), /> 1 \|/);
  });

  const wrong: readonly (readonly [fields: string, code: string, text: RegExp])[] = [
    ['{}', 'BROOD_SCHEDULE_NEVER', /neither interval nor cron nor immediate.* \| .*disable: true/],
    ['{ intervall: 5 }', 'BROOD_SCHEDULE_FIELD', /"intervall" \| Did you mean "interval"\?/],
    ['{ interval: 5, whatever: 1 }', 'BROOD_SCHEDULE_FIELD', /Known are: type, interval, /],
    ["{ cron: '* * * * *', cronOptions: { timezone: 'UTC' } }", 'BROOD_SCHEDULE_FIELD', /"cronOptions\.timezone"/],
    ['{ interval: 0 }', 'BROOD_SCHEDULE_VALUE', /"interval" must be milliseconds from 1.*, got 0/],
    ["{ interval: 'often' }", 'BROOD_SCHEDULE_VALUE', /got "often"/],
    ["{ interval: 5, overlap: 'wait' }", 'BROOD_SCHEDULE_VALUE', /'skip', 'queue', 'allow', got "wait"/],
    ["{ cron: '* * * * *', timeZone: 'Mars/Phobos' }", 'BROOD_SCHEDULE_VALUE', /an IANA time zone .*"Mars\/Phobos"/],
    ["{ cron: '* * * * *', cronOptions: { endDate: 'soon' } }", 'BROOD_SCHEDULE_VALUE', /"cronOptions\.endDate"/],
    ['{ interval: 5, retries: 1.5 }', 'BROOD_SCHEDULE_VALUE', /"retries" must be a whole number/],
    ["{ interval: 5, env: 'prod' }", 'BROOD_SCHEDULE_VALUE', /"env" must be a list/],
    ["{ cron: '0 0 30 2 *' }", 'BROOD_SCHEDULE_CRON_NEVER', /never fires: there is no such date/],
    ["{ cron: '0 61 * * *' }", 'BROOD_SCHEDULE_CRON', /at position 3: the hour "61" is wrong: .*61/],
    ["{ cron: '0 12 * * MON-FRY' }", 'BROOD_SCHEDULE_CRON', /at position 10: the day of week "MON-FRY"/],
    ["{ cron: '0 0 * *' }", 'BROOD_SCHEDULE_CRON', /cannot be read: .*five, six/],
  ];
  for (const [fields, code, text] of wrong) it(`with ${fields} are refused`, () => refused(read(fields), code, text));

  it('show where a cron expression is wrong', async () => {
    const error = await refused(read("{ cron: '0 0 12 * FOO *' }"), 'BROOD_SCHEDULE_CRON', /the month "FOO"/);
    assert.equal(error.details['frame'], '  0 0 12 * FOO *\n           ^');
  });

  it('of which two have one name are refused', () => {
    const job = `exports.schedule = { interval: 5 }; ${TASK}`;
    const files = { 'plugin/app/schedule/sync.cjs': job, 'app/schedule/sync.cjs': job };
    return refused(load(files, {}, ['plugin', '']), 'BROOD_SCHEDULE_TWICE', /"sync": plugin\/app\/schedule\/sync\.cjs and app\/schedule\/sync\.cjs/);
  });

  it('are refused together with a config.schedule that is wrong', async () => {
    await refused(read('{ interval: 5 }', { directory: 'nowhere' }), 'BROOD_SCHEDULE_CONFIG', /"directory" must be a directory that exists, got .*nowhere/);
    await refused(read('{ interval: 5 }', { directory: [5] }), 'BROOD_SCHEDULE_CONFIG', /a list of directories, got number/);
    await refused(read('{ interval: 5 }', { enable: false }), 'BROOD_SCHEDULE_CONFIG', /did you mean "enabled"\?/);
    await refused(read('{ interval: 5 }', { jobs: { ome: {} } }), 'BROOD_SCHEDULE_CONFIG', /"ome", which no schedule has \(did you mean "one"\?\)/);
    await refused(read('{ interval: 5 }', { jobs: [] }), 'BROOD_SCHEDULE_CONFIG', /"jobs"/);
  });

  it('that are wrong fail the start of the cluster, with exit code 5 and nothing left', async () => {
    write({ 'app.cjs': 'module.exports = () => (request, response) => response.end();' });
    const start = async (fields: string): Promise<void> => {
      write({ 'app/schedule/one.cjs': `exports.schedule = ${fields}; ${TASK}` });
      const cluster = await startCluster({ baseDir: directory, ...brief, port: 0, hostname: '127.0.0.1', workers: 1, signals: false, logger: false });
      await cluster.close();
    };
    for (const [fields, text] of [
      ["{ interval: 5, type: 'agnet' }", /there is no schedule type "agnet" \| Did you mean "agent"\?/],
      ["{ cron: '0 0 30 2 *' }", /never fires/],
    ] as const) {
      const error = await start(fields).catch((failure: unknown) => failure);
      assert.ok(error instanceof BroodError);
      assert.deepEqual([error.code, error.exitCode], ['BROOD_START_FAILED', 5]);
      assert.match(`${error.message} | ${error.hint}`, text);
    }
  });
});
