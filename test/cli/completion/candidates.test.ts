/** What Tab offers, by where the cursor stands. */
import assert from 'node:assert/strict';
import { flagsOf } from '../../../lib/cli/command.ts';
import { COMMANDS, find } from '../../../lib/cli/commands.ts';
import { NOTHING_LIVE, offer, offerCommands, placeOf } from '../../../lib/cli/completion/candidates.ts';
import type { Live, Offer } from '../../../lib/cli/completion/candidates.ts';
import { COMMON_FLAGS } from '../../../lib/cli/parse.ts';

const LIVE: Live = {
  instances: [
    { value: 'agent', about: 'running' },
    { value: 'web.1', about: 'running' },
    { value: 'web.2', about: 'starting' },
  ],
  types: [
    { value: 'agent', about: '1 of 1 ready', wanted: 1 },
    { value: 'web', about: '1 of 2 ready', wanted: 2 },
  ],
};

/** What is offered for the last word, and for which directory names were asked. */
async function after(line: string, live = LIVE): Promise<Offer & { readonly values: readonly string[]; readonly asked: readonly (string | undefined)[] }> {
  const [name = '', ...words] = line.split(' ');
  const entry = find(name);
  assert.ok(entry !== undefined, name);
  const flags = [...(await flagsOf(entry)), ...COMMON_FLAGS];
  const asked: (string | undefined)[] = [];
  const place = placeOf(entry, flags, words);
  const result = await offer(entry, flags, place, {
    commands: COMMANDS,
    live: async directory => {
      asked.push(directory);
      return live;
    },
  });
  return { ...result, values: result.candidates.map(({ value }) => value), asked };
}
const values = async (line: string, live = LIVE): Promise<readonly string[]> => (await after(line, live)).values;

describe('completion', () => {
  it('offers commands, and their other names once one is typed', () => {
    const all = offerCommands('', COMMANDS).candidates.map(({ value }) => value);
    assert.deepEqual(
      all,
      COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name),
    );
    assert.deepEqual(offerCommands('insp', COMMANDS).candidates, [{ value: 'inspect', about: 'an instance and all its ends' }]);
    assert.deepEqual(offerCommands('moni', COMMANDS).candidates, [{ value: 'monit', about: 'the same as top' }]);
    assert.deepEqual(offerCommands('__', COMMANDS).candidates, []);
  });

  it('offers the flags of the command that are not given yet, and their values', async () => {
    assert.deepEqual(await values('ps --'), ['--output', '--watch', '--json', '--dir', '--color', '--help']);
    assert.deepEqual(await values('ps -w --json --'), ['--output', '--dir', '--color', '--help']);
    assert.deepEqual(await values('reload --no-w'), ['--no-wait']);
    assert.deepEqual(await values('ps --output '), ['wide']);
    assert.deepEqual(await values('ps -o w'), ['wide']);
    assert.deepEqual(await values('ps --color=a'), ['--color=auto', '--color=always']);
    assert.deepEqual(await values('start --listen r'), ['round-robin', 'reuse-port']);
    assert.deepEqual(await values('reload -t '), [], 'a time is no name');
    assert.deepEqual(await values('ps --nosuch '), ['agent', 'web', 'web.1', 'web.2', 'all']);
  });

  it('offers names of what runs, in the directory that was named, and only where they may stand', async () => {
    const all = await after('ps ');
    assert.deepEqual([all.values, all.asked], [['agent', 'web', 'web.1', 'web.2', 'all'], [undefined]]);
    assert.deepEqual(all.candidates[2], { value: 'web.1', about: 'running' });
    assert.deepEqual((await after('ps -C /srv/shop web.')).asked, ['/srv/shop']);
    assert.deepEqual((await after('ps --dir=/srv/shop web.')).values, ['web.1', 'web.2']);
    assert.deepEqual(await values('ps web.1 web.'), ['web.2']);
    assert.deepEqual(await values('inspect w'), ['web.1', 'web.2']);
    assert.deepEqual(await values('reload '), ['agent', 'web']);
    assert.deepEqual(await values('ps ', NOTHING_LIVE), []);
    for (const line of ['ps --', 'top ', 'start ', 'help ', 'ps -o ']) assert.deepEqual((await after(line)).asked, [], line);
  });

  it('offers quantities: the type, then figures near the present one', async () => {
    assert.deepEqual(await values('scale '), ['web=']);
    assert.deepEqual(await values('scale web='), ['web=3', 'web=1', 'web=4', 'web=2', 'web=0']);
    assert.deepEqual(await values('scale web=4 we'), ['web=']);
  });

  it('offers signals, then targets', async () => {
    assert.deepEqual(await values('signal US'), ['USR1', 'USR2']);
    assert.deepEqual(await values('signal SIGUS'), ['SIGUSR1', 'SIGUSR2']);
    assert.deepEqual(await values('signal USR2 web web.'), ['web.1', 'web.2']);
  });

  it('leaves files and directories to the shell', async () => {
    assert.equal((await after('start ')).own, 'files');
    assert.equal((await after('start app ')).own, undefined);
    assert.equal((await after('ps -C ')).own, 'directories');
    assert.equal((await after('start --pid-file=')).own, 'files');
    assert.equal((await after('run npm --')).own, 'files', 'what follows belongs to the command');
  });

  it('offers words that each command knows', async () => {
    assert.deepEqual(await values('help exi'), ['exit-codes']);
    assert.deepEqual(await values('completion '), ['bash', 'zsh', 'fish']);
    assert.deepEqual(await values('completion bash '), []);
    assert.deepEqual(await values('ps -- -'), [], 'after -- there are no flags');
  });
});
