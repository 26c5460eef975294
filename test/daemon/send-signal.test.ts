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
  readonly tables: Set<unknown>;
  readonly stage: Parameters<typeof sendSignal>[0];
}

interface Staging {
  readonly starting?: readonly string[];
  readonly spare?: readonly string[];
  /** How many of a type there are to be, and the places of those that have ended. */
  readonly wanted?: Readonly<Record<string, number>>;
  readonly completed?: readonly number[];
  /** What sending to them says. */
  readonly fails?: Readonly<Record<string, string>>;
}

/** A formation of these instances, of which nothing is a process. */
function staged(names: readonly string[], { starting = [], spare = [], wanted = {}, completed = [], fails = {} }: Staging = {}): Stage {
  const got: string[] = [];
  const tables = new Set<unknown>();
  const stateOf = (name: string): string => (starting.includes(name) ? 'starting' : spare.includes(name) ? 'spare' : 'ready');
  const instances = names.map((name, index) => ({
    id: index + 1,
    type: name.split('.')[0],
    slot: Number(name.split('.')[1]),
    pid: 100 + index,
    state: stateOf(name),
  }));
  const child = (id: number) => ({
    signal(signal: string, table: unknown) {
      const name = names[id - 1] ?? '';
      tables.add(table);
      if (fails[name] !== undefined) throw Object.assign(new Error(`kill ${fails[name]}`), { code: fails[name] });
      got.push(`${name} ${signal}`);
    },
  });
  const desired = Object.entries(wanted).map(([type, quantity]) => ({ spec: { type, start: {} }, quantity, generation: 1 }));
  const supervisor = { instances: () => instances, desired, childOf: child, ledgerOf: () => ({ completed }) };
  const types = [...new Set(instances.map(({ type }) => type))];
  // Only what is asked of them.
  return { got, tables, stage: { crew: { types }, supervisor } as unknown as Parameters<typeof sendSignal>[0] };
}

describe('a signal for instances', () => {
  it('leaves the balancer of an entry out, unless it is named', () => {
    const { got, stage } = staged(['web.1', 'web.2', 'router.1']);
    for (const targets of [['all'], ['*.1', 'web.2']]) {
      const { items } = sendSignal(stage, { signal: 'usr2', targets });
      assert.deepEqual(
        [items.map(({ name }) => name), got.splice(0)],
        [
          ['web.1', 'web.2'],
          ['web.1 SIGUSR2', 'web.2 SIGUSR2'],
        ],
      );
    }
    for (const target of ['router', 'router.1']) {
      sendSignal(stage, { signal: 'TERM', targets: [target] });
      assert.deepEqual(got.splice(0), ['router.1 SIGTERM']);
    }
    assert.throws(() => sendSignal(stage, { signal: 'HUP', targets: ['r*'] }), {
      code: 'BROOD_SIGNAL_NOBODY',
      message: 'nobody has got SIGHUP: of r* only the balancer runs now',
      hint: 'It gets one only by its own name: brood signal SIGHUP router',
    });
    assert.deepEqual(got, []);
  });

  it('tells of a place where nobody is why', () => {
    const { stage } = staged(['web.1'], { wanted: { web: 3 }, completed: [2] });
    const why = (target: string): unknown => {
      try {
        return sendSignal(stage, { signal: 'HUP', targets: [target] });
      } catch (error) {
        return Reflect.get(Object(error), 'message');
      }
    };
    assert.deepEqual(['web.2', 'web.3', 'web.4'].map(why), [
      'nobody has got SIGHUP: web.2 has ended, and is not started again',
      'nobody has got SIGHUP: web.3 waits for its next start',
      'there is no "web.4" here',
    ]);
  });

  it('does not go to those that are starting, and names them; what is for all does, and a spare has booted', () => {
    const { got, stage } = staged(['web.1', 'web.2', 'web.3', 'late.1'], { starting: ['web.3', 'late.1'], spare: ['web.2'] });
    const { items, skipped } = sendSignal(stage, { signal: 'HUP', targets: ['web'] });
    assert.deepEqual([items.map(({ name }) => name), skipped, got.splice(0)], [['web.1', 'web.2'], ['web.3'], ['web.1 SIGHUP', 'web.2 SIGHUP']]);
    assert.deepEqual(sendSignal(stage, { signal: 'TERM', targets: ['web'] }).skipped, []);
    assert.deepEqual(got.splice(0), ['web.1 SIGTERM', 'web.2 SIGTERM', 'web.3 SIGTERM']);
    assert.throws(() => sendSignal(stage, { signal: 'HUP', targets: ['late'] }), { code: 'BROOD_SIGNAL_NOBODY', message: /: late\.1 is starting/ });
    assert.deepEqual(got, []);
  });

  it('goes through all before it says who may not be sent it, with who has got it; who has ended is no fault', () => {
    const { got, tables, stage } = staged(['web.1', 'web.2', 'web.3', 'web.4'], { fails: { 'web.2': 'EPERM', 'web.3': 'ESRCH' } });
    assert.throws(() => sendSignal(stage, { signal: 'HUP', targets: ['all'] }), {
      code: 'BROOD_SIGNAL_DENIED',
      message: 'SIGHUP cannot be sent to web.2 (pid 101): kill EPERM; web.1 (pid 100), web.4 (pid 103) have got it',
    });
    assert.deepEqual(got, ['web.1 SIGHUP', 'web.4 SIGHUP']);
    assert.equal(tables.size, 1, 'the processes of the machine are read once for all of them');
  });

  it('that is for nobody at all is a mistake of the request', () => {
    assert.throws(() => sendSignal(staged(['web.1']).stage, { signal: 'HUP', targets: [] }), { code: 'BROOD_CONTROL_REQUEST' });
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
          skipped: [],
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
        assert.match(target[1], /there is no "tels" here\nDid you mean "tells"/);
        assert.match(signal[1], /"URS2" is no signal\nDid you mean "USR[12]"\?/);
        assert.match(none[1], /brood signal USR2 web/);
        assert.match(alone[1], /: deaf is not wanted now/);
        assert.equal((await ask('POST', '/v1/signal', '{"signal":"HUP"}')).status, 400);
        assert.equal((await ask('POST', '/v1/signal', '{"signal":"HUP","targets":[]}')).status, 400);
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
