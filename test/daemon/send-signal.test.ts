/** `brood signal`: who gets a signal, and who does not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Status } from '../../lib/daemon/api.ts';
import { sendSignal } from '../../lib/daemon/send-signal.ts';
import { fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';
import { hello, withDaemon } from './running.ts';

const TELLS = readFileSync(fixture('programs', 'tells-signals.js'), 'utf8');
/** Shells that wait for a program, one behind the other, and know no signal. */
const BEHIND_SHELLS = "sh -c 'cd . && node tells-signals.js && true' && true";
const FORMATION = {
  'package.json': '{ "name": "shop", "type": "commonjs" }',
  'tells-signals.js': TELLS,
  'brood.config.json': JSON.stringify({
    processes: {
      tells: { command: BEHIND_SHELLS, instances: 2, ready: { line: '^up' } },
      deaf: { command: 'sleep 1000 && true' },
    },
  }),
};
const ALONE = { address: [], workers: [] };

const pidsOf = ({ items }: Status): Readonly<Record<string, number>> => Object.fromEntries(items.map(({ name, pid }) => [name, pid]));

interface Stage {
  readonly got: string[];
  readonly stage: Parameters<typeof sendSignal>[0];
}

/** A formation of these instances, of which nothing is a process. */
function staged(names: readonly string[]): Stage {
  const got: string[] = [];
  const instances = names.map((name, index) => ({ id: index + 1, type: name.split('.')[0], slot: Number(name.split('.')[1]), pid: 100 + index }));
  const child = (id: number) => ({ signal: (signal: string) => void got.push(`${names[id - 1]} ${signal}`) });
  const supervisor = { instances: () => instances, desired: [], childOf: child };
  const types = [...new Set(instances.map(({ type }) => type))];
  // Only what is asked of them.
  return { got, stage: { crew: { types }, supervisor } as unknown as Parameters<typeof sendSignal>[0] };
}

describe('a signal for instances', () => {
  it('leaves the balancer of an entry out, unless it is named', () => {
    const { got, stage } = staged(['web.1', 'web.2', 'router.1']);
    const { items } = sendSignal(stage, { signal: 'usr2', targets: ['all'] });
    assert.deepEqual(
      [items.map(({ name }) => name), got],
      [
        ['web.1', 'web.2'],
        ['web.1 SIGUSR2', 'web.2 SIGUSR2'],
      ],
    );
    sendSignal(stage, { signal: 'TERM', targets: ['router'] });
    assert.equal(got.at(-1), 'router.1 SIGTERM');
  });

  it('reaches the program behind shells, which go on, of those that are named alone', () =>
    withDaemon(
      FORMATION,
      async ({ brood, client, path: pathOf }) => {
        const before = pidsOf(await client.status());
        const got = (): readonly string[] => readFileSync(pathOf('got'), 'utf8').split('\n').slice(0, -1).sort();

        const sent = await brood(['signal', 'USR2', 'tells']);
        assert.equal(sent.code, 0, sent.err);
        assert.equal(sent.err, `SIGUSR2 sent to tells.1 (pid ${before['tells.1']}), tells.2 (pid ${before['tells.2']})\n`);
        await until(() => got().length === 2);
        const json = await brood(['signal', '1', 'tells.2', '--json']);
        assert.deepEqual(JSON.parse(json.out), {
          apiVersion: 1,
          kind: 'Signalled',
          signal: 'SIGHUP',
          items: [{ name: 'tells.2', pid: before['tells.2'] }],
        });
        await until(() => got().length === 3);
        assert.deepEqual(got(), ['tells.1 SIGUSR2', 'tells.2 SIGHUP', 'tells.2 SIGUSR2']);
        assert.deepEqual(pidsOf(await client.status()), before);
      },
      ALONE,
    ));

  it('may end them, and what has ended so is replaced', () =>
    withDaemon(
      FORMATION,
      async ({ brood, client }) => {
        const isAnother = async (name: string, pid: number | undefined): Promise<boolean> => {
          const one = (await client.status()).items.find(item => item.name === name);
          return one?.ready === true && one.pid !== pid;
        };
        const before = pidsOf(await client.status());
        assert.equal((await brood(['signal', 'KILL', 'tells.1'])).code, 0);
        // Nothing of it has a handler for this one.
        assert.equal((await brood(['signal', 'USR1', 'deaf'])).code, 0);
        await until(() => isAnother('tells.1', before['tells.1']), { what: 'another tells.1' });
        await until(() => isAnother('deaf.1', before['deaf.1']), { what: 'another deaf.1' });
        assert.equal(pidsOf(await client.status())['tells.2'], before['tells.2']);
        const { deaths } = await client.inspect('deaf.1');
        assert.deepEqual([deaths.at(-1)?.signal, deaths.at(-1)?.reason], ['SIGUSR1', 'signal']);
      },
      ALONE,
    ));

  it('is refused for what there is not, with what is near', () =>
    withDaemon(
      FORMATION,
      async ({ brood, ask }) => {
        const refused = async (...words: readonly string[]): Promise<readonly [number | null, string]> => {
          const { code, err } = await brood(['signal', ...words]);
          return [code, err];
        };
        const [target, signal, none, alone] = await Promise.all([
          refused('USR2', 'tels'),
          refused('URS2', 'tells'),
          refused(),
          brood(['stop', 'deaf']).then(() => refused('USR1', 'deaf')),
        ]);
        assert.deepEqual([target[0], signal[0], none[0], alone[0]], [2, 2, 2, 1]);
        assert.match(target[1], /"tels" is none of what runs here\nDid you mean "tells"/);
        assert.match(signal[1], /"URS2" is no signal\nDid you mean "USR[12]"\?/);
        assert.match(none[1], /brood signal USR2 web/);
        assert.match(alone[1], /nothing of deaf runs now/);
        assert.equal((await ask('POST', '/v1/signal', '{"signal":"HUP"}')).status, 400);
      },
      ALONE,
    ));

  it('goes to workers and to the agent themselves, and a worker that it asks to end drains', () =>
    withDaemon(
      hello({
        'app.js': "module.exports = app => { process.on('SIGUSR2', () => app.logger.info('heard')); app.handle((request, response) => response.end()); };\n",
        'agent.js': "module.exports = agent => { process.on('SIGUSR2', () => agent.logger.info('heard')); };\n",
      }),
      async ({ brood, client }) => {
        const before = pidsOf(await client.status());
        const sent = await brood(['signal', 'SIGUSR2', 'all']);
        assert.equal(sent.code, 0, sent.err);
        const heard = async (): Promise<boolean> => (await client.text('/v1/logs?grep=heard')).split('\n').length === 4;
        await until(heard, { what: 'agent and workers to hear it' });
        assert.deepEqual(pidsOf(await client.status()), before);

        assert.equal((await brood(['signal', 'TERM', 'web.1'])).code, 0);
        const end = await until(async () => (await client.inspect('web.1')).deaths.at(-1));
        assert.deepEqual([end.pid, end.code, end.signal], [before['web.1'], 0, null]);
      },
    ));

  it('is not for threads', () =>
    withDaemon(
      hello(),
      async ({ brood, client }) => {
        const before = pidsOf(await client.status());
        const { code, err } = await brood(['signal', 'KILL', 'web.2']);
        assert.equal(code, 2);
        assert.match(err, /web\.2 is a thread, and SIGKILL would go to all threads of its process/);
        assert.deepEqual(pidsOf(await client.status()), before);
      },
      { words: ['--start-mode', 'worker_threads'] },
    ));
});
