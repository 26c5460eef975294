/** Rotation on a real disk, with a clock of the test's own. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Rotator } from '../../../lib/app/log/rotator.ts';
import type { RotatorOptions } from '../../../lib/app/log/rotator.ts';
import { stampOf } from '../../../lib/policy/rotation.ts';
import { until } from '../../helpers/until.ts';
import type { RotationRule } from '../../../lib/policy/rotation.ts';

const DAY = 86_400_000;

describe('Rotator', () => {
  let directory = '';
  let reopened = 0;
  const reported: string[] = [];
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'brood-rotate-'));
    reopened = 0;
    reported.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const at = (name: string): string => path.join(directory, name);
  const names = (): readonly string[] => readdirSync(directory).toSorted();
  const write = (name: string, text: string, age = 0): void => {
    writeFileSync(at(name), text);
    const time = (Date.now() - age) / 1000;
    utimesSync(at(name), time, time);
  };
  const day = (age: number): string => stampOf(Date.now() - age, 'day', 'UTC');
  const make = (rule: Partial<RotationRule> = {}, options: Partial<RotatorOptions> = {}): Rotator =>
    new Rotator({
      files: [
        { pattern: at('app.log'), rule: { every: 'day', size: undefined, maxFiles: 0, maxDays: 0, gzip: false, timeZone: 'UTC', interval: 1000, ...rule } },
      ],
      reopen: async () => ++reopened > 0,
      report: message => reported.push(message),
      quiet: 0,
      ...options,
    });

  it('puts aside at its start what a cluster that was stopped has left, under the right day, and no file of today', async () => {
    write('app.log', 'two days ago\n', 2 * DAY);
    write('other.log', 'not ours\n', 2 * DAY);
    await make().check();
    assert.deepEqual(names(), [`app.log.${day(2 * DAY)}`, 'other.log']);
    assert.equal(reopened, 1);
    writeFileSync(at('app.log'), 'today\n');
    await make().check();
    assert.equal(readFileSync(at('app.log'), 'utf8'), 'today\n');
    assert.equal(reopened, 1);
  });

  it('puts aside at midnight, whoever writes at that moment', async () => {
    write('app.log', 'today\n');
    const tomorrow = Date.parse(`${day(-DAY)}T00:00:00Z`) + 20;
    utimesSync(at('app.log'), tomorrow / 1000, tomorrow / 1000);
    await make({}, { now: () => tomorrow }).check();
    assert.deepEqual(names(), [`app.log.${day(0)}`]);
  });

  it('never overwrites a file', async () => {
    const old = day(2 * DAY);
    for (const name of [`app.log.${old}`, `app.log.${old}.1.gz`]) write(name, 'kept\n', 2 * DAY);
    write('app.log', 'the third\n', 2 * DAY);
    await make().check();
    assert.deepEqual(names(), [`app.log.${old}`, `app.log.${old}.1.gz`, `app.log.${old}.2`]);
    assert.equal(readFileSync(at(`app.log.${old}`), 'utf8'), 'kept\n');
    assert.equal(readFileSync(at(`app.log.${old}.2`), 'utf8'), 'the third\n');
  });

  it('does no harm when several masters rotate one directory at once', async () => {
    write('app.log', 'all of it\n', 2 * DAY);
    await Promise.all(Array.from({ length: 8 }, () => make({ gzip: true }).check()));
    await make({ gzip: true }).check();
    assert.deepEqual(names(), [`app.log.${day(2 * DAY)}.gz`]);
    assert.equal(gunzipSync(readFileSync(at(names()[0] ?? ''))).toString(), 'all of it\n');
  });

  it('tells its own processes to reopen when somebody else has put the file aside', async () => {
    write('app.log', 'today\n');
    const rotator = make();
    await rotator.check();
    rmSync(at('app.log'));
    await rotator.check();
    assert.equal(reopened, 1);
    write('app.log', 'a new one\n');
    await rotator.check();
    await rotator.check();
    assert.equal(reopened, 1);
  });

  it('rotates by size, and keeps so many', async () => {
    const rotator = make({ size: 10, maxFiles: 2 });
    for (let round = 1; round <= 4; round++) {
      write('app.log', `round ${round}, long enough\n`, (10 - round) * 1000);
      await rotator.check();
    }
    const kept = names().map(name => readFileSync(at(name), 'utf8').slice(0, 7));
    assert.deepEqual(kept, ['round 3', 'round 4']);
  });

  it('removes what is older than so many days, and nothing that it has not named', async () => {
    for (const name of [`app.log.${day(40 * DAY)}`, `app.log.${day(40 * DAY)}.gz`, 'app.log.saved', 'app.log.bak']) write(name, 'old\n', 40 * DAY);
    write(`app.log.${day(2 * DAY)}`, 'young\n', 2 * DAY);
    await make({ maxDays: 31 }).check();
    assert.deepEqual(names(), [`app.log.${day(2 * DAY)}`, 'app.log.bak', 'app.log.saved']);
  });

  it('compresses only when every process has let go of the file, and with its date', async () => {
    write('app.log', 'x'.repeat(100_000), 2 * DAY);
    const name = `app.log.${day(2 * DAY)}`;
    await make({ gzip: true }, { reopen: async () => false }).check();
    assert.deepEqual(names(), [name]);
    const { mtimeMs } = lstatSync(at(name));
    await make({ gzip: true }, { quiet: 3 * DAY }).check();
    assert.deepEqual(names(), [name]);
    await make({ gzip: true }).check();
    assert.deepEqual(names(), [`${name}.gz`]);
    assert.equal(gunzipSync(readFileSync(at(`${name}.gz`))).length, 100_000);
    assert.ok(Math.abs(lstatSync(at(`${name}.gz`)).mtimeMs - mtimeMs) < 2);
  });

  it('clears away what a killed compression has left, compresses again, and leaves alone one that is at work', async () => {
    const name = `app.log.${day(2 * DAY)}`;
    write(name, 'whole\n', 2 * DAY);
    write(`${name}.gz.part`, 'half', 3_600_000);
    await make({ gzip: true }).check();
    assert.deepEqual(names(), [`${name}.gz`]);
    write(name, 'whole\n', 2 * DAY);
    write(`${name}.gz.part`, 'half');
    await make({ gzip: true }).check();
    assert.ok(existsSync(at(`${name}.gz.part`)) && existsSync(at(name)));
  });

  it('takes each file that a pattern means', async () => {
    for (const name of ['app.1.log', 'agent.0.log', 'app.x.log', 'my app.1.log']) write(name, 'old\n', 2 * DAY);
    const [file] = [
      {
        pattern: at('{type}.{slot}.log'),
        rule: { every: 'day', size: undefined, maxFiles: 0, maxDays: 0, gzip: false, timeZone: 'UTC', interval: 1 } as const,
      },
    ];
    await make({}, { files: [file] }).check();
    assert.deepEqual(names(), [`agent.0.log.${day(2 * DAY)}`, `app.1.log.${day(2 * DAY)}`, 'app.x.log', 'my app.1.log']);
  });

  it('moves nothing that is no file, and goes on where it can', async () => {
    symlinkSync('/dev/null', at('app.log'));
    await make().check();
    assert.deepEqual([names(), reported], [['app.log'], []]);
  });

  it('looks again and again until it is stopped', async () => {
    write('app.log', '');
    const rotator = make({ size: 1, interval: 20 });
    await rotator.start();
    for (let round = 1; round <= 3; round++) {
      appendFileSync(at('app.log'), 'line\n');
      await until(() => reopened >= round);
    }
    await rotator.stop();
    assert.equal(names().length, 3);
  });
});
