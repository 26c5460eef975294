/** `brood start -d` of process types that are ready as soon as they run, and end at once. */
import assert from 'node:assert/strict';
import { withFiles } from '../helpers/files.ts';
import { brood, withDaemon } from './running.ts';

const FAILS = 'echo no such table; exit 1';
const never = { restart: { when: 'never' } };
const configured = (processes: Readonly<Record<string, object>>): Readonly<Record<string, string>> => ({
  'brood.config.json': JSON.stringify({ processes }),
});

describe('a start in the background', () => {
  for (const [what, files] of [
    ['the only process type falls again and again', { Procfile: `job: ${FAILS}\n` }],
    ['the only one ends again and again, though with 0', { Procfile: 'job: echo no such table\n' }],
    ['one of several does', configured({ web: { command: 'exec sleep 600' }, job: { command: FAILS } })],
    ['the only one fails, and is not started again', configured({ job: { command: FAILS, ...never } })],
    [
      'all fail, and are not started again',
      configured({ job: { command: FAILS, ...never }, other: { command: 'exit 2', after: { job: 'started' }, ...never } }),
    ],
  ] as const)
    it(`ends with 4, the last lines, and nothing left running, when ${what}`, () =>
      withFiles(files, async ({ directory }) => {
        const { code, err } = await brood(directory, ['start', '-d']);
        assert.equal(code, 4, err);
        assert.match(err, /^brood: (?:job|other)\.1 did not start: exit code \d/m);
        if (!err.includes('brood: other')) assert.match(err, /^brood: job\.1 did not start: exit code [01]: no such table\n {2}no such table$/m);
        assert.doesNotMatch(err, /Running in the background/);
        assert.equal((await brood(directory, ['ps'])).code, 3);
      }));

  for (const [what, restart] of [
    ['has failed for good', never],
    ['waits long for its next try', { restart: { backoff: '10m', maxBackoff: '10m' } }],
    ['is in a crash loop', { restart: { intensity: 1000 } }],
  ] as const)
    it(`goes on beside one that ${what}, and shows that`, () =>
      withFiles(configured({ web: { command: 'exec sleep 600' }, job: { command: FAILS, ...restart } }), async ({ directory }) => {
        try {
          const { code, err } = await brood(directory, ['start', '-d']);
          assert.equal(code, 0, err);
          assert.match(err, /^ {2}✘ job\.1 exit 1 after .*: no such table$[^]*^Running in the background\./m);
        } finally {
          assert.equal((await brood(directory, ['stop', '--now'])).code, 0);
        }
      }));

  it('bears a fall', () =>
    withDaemon(
      configured({ once: { command: '[ -e begun ] || { touch begun; exit 1; }; exec sleep 600' } }),
      async ({ client }) => {
        const { types } = await client.status();
        assert.deepEqual(types.find(({ type }) => type === 'once')?.state, 'running');
      },
      { words: [], workers: [], address: [] },
    ));
});
