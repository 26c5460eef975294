/** Following the output: from where the reading ends, several at once, and one who is slow. */
import assert from 'node:assert/strict';
import { LogHub } from '../../../lib/formation/log/hub.ts';
import type { Missed } from '../../../lib/formation/log/follower.ts';
import type { LogLine } from '../../../lib/policy/log-line.ts';
import { until } from '../../helpers/until.ts';
import { instanceOf, startLine, withHub } from './hubs.ts';

const textOf = (event: LogLine | Missed): string => ('missed' in event ? `missed ${event.missed}` : event.text);

describe('following output', () => {
  it('continues where the reading ends: nothing is missing, nothing comes twice, while files rotate', async () => {
    await withHub({ maxSize: 100_000, maxFiles: 0 }, async ({ hub }) => {
      const last = 60_000;
      const flood = startLine(hub, `seq 1 20000; sleep 0.1; seq 20001 ${last}`);
      const follow = async (): Promise<readonly number[]> => {
        const numbers: number[] = [];
        for await (const event of hub.readAndFollow()) {
          assert.ok(!('missed' in event), textOf(event));
          numbers.push(Number(event.text));
          if (numbers.at(-1) === last) break;
        }
        return numbers;
      };
      const all = [follow()];
      await new Promise(setImmediate);
      all.push(follow());
      await until(() => (hub.counts().get('web')?.bytes ?? 0) > 10_000);
      all.push(follow());
      await flood.ended;
      all.push(follow());
      for (const numbers of await Promise.all(all)) {
        assert.equal(numbers.length, last);
        assert.ok(numbers.every((number, index) => number === index + 1));
      }
    });
  });

  it('lets a slow one miss what does not fit, and tells him how much; nobody waits for him', async () => {
    const hub = new LogHub();
    const [web, lines] = [instanceOf(hub, 'web'), 50_000];
    let wake: () => void = () => {};
    const [slow, quick]: [(LogLine | Missed)[], string[]] = [[], []];
    hub.follow({}, event => {
      slow.push(event);
      return new Promise<void>(resolve => (wake = resolve));
    });
    hub.follow({}, event => void quick.push(textOf(event)));
    for (let line = 0; line < lines; line++) {
      web.write(`line ${line} ${'.'.repeat(100)}\n`);
      if (line % 100 === 0) await new Promise(setImmediate);
    }
    await until(() => quick.length === lines, { within: 30_000 });
    assert.equal(slow.length, 1);
    const wakeUntil = (isDone: () => boolean): Promise<boolean> =>
      until(
        async () => {
          for (let count = 0; count < 500 && !isDone(); count++) {
            wake();
            await new Promise(setImmediate);
          }
          return isDone();
        },
        { within: 30_000 },
      );
    await wakeUntil(() => slow.some(event => 'missed' in event));
    web.write('the last\n');
    await wakeUntil(() => textOf(slow.at(-1) ?? { missed: 0 }) === 'the last');
    const missed = slow.reduce((sum, event) => sum + ('missed' in event ? event.missed : 0), 0);
    assert.equal(slow.filter(event => !('missed' in event)).length + missed, lines + 1);
    await hub.close();
  });

  it('gives everybody what he asked for', async () => {
    const hub = new LogHub();
    const heard: Record<string, string[]> = { jobs: [], errors: [], cart: [], warn: [] };
    const into = (name: string) => (event: LogLine | Missed) => void heard[name]?.push(textOf(event));
    hub.follow({ names: { type: type => type === 'jobs', name: name => name === 'jobs.1' } }, into('jobs'));
    hub.follow({ stream: 'stderr' }, into('errors'));
    hub.follow({ grep: /cart/ }, into('cart'));
    const ended = hub.follow({ level: 'warn' }, into('warn'));
    const [web, jobs] = [instanceOf(hub, 'web'), instanceOf(hub, 'jobs')];
    web.write('GET /cart\nGET /\n');
    jobs.write('a job\n');
    web.error('no cart\n');
    await until(() => heard['warn']?.length === 1);
    ended.close();
    web.error('not heard\n');
    hub.system('told', 'error');
    await until(() => heard['errors']?.length === 2);
    await hub.close();
    assert.deepEqual(heard, { jobs: ['a job'], errors: ['no cart', 'not heard'], cart: ['GET /cart', 'no cart'], warn: ['no cart'] });
  });

  it('ends with its signal, and with the hub', async () => {
    const hub = new LogHub();
    const ending = new AbortController();
    const ends = async (signal?: AbortSignal): Promise<readonly string[]> => {
      const texts: string[] = [];
      for await (const event of hub.readAndFollow({}, signal)) texts.push(textOf(event));
      return texts;
    };
    const [one, two] = [ends(ending.signal), ends()];
    instanceOf(hub, 'web').write('one\n');
    await new Promise(setImmediate);
    ending.abort();
    assert.deepEqual(await one, ['one']);
    instanceOf(hub, 'web').write('two\n');
    await hub.close();
    assert.deepEqual(await two, ['one', 'two']);
  });

  it('is told a failing listener, and goes on', async () => {
    const reported: string[] = [];
    const hub = new LogHub({ report: text => reported.push(text) });
    hub.follow({}, () => {
      throw new Error('broken');
    });
    const texts: string[] = [];
    hub.follow({}, event => void texts.push(textOf(event)));
    instanceOf(hub, 'web').write('one\n');
    await until(() => texts.length === 1 && reported.length === 1);
    assert.match(reported[0] ?? '', /broken/);
    await hub.close();
  });
});
