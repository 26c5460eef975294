/** `brood ps`, `inspect` and `top` on an application that runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import type { Inspection, Status } from '../../lib/daemon/api.ts';
import { BIN, brood, hello, withDaemon } from '../daemon/running.ts';
import type { Running } from '../daemon/running.ts';
import { withFiles } from '../helpers/files.ts';
import { exited, lineOf, until } from '../helpers/until.ts';
import { atTmux, endShown } from './tmux.ts';

/** An agent that boots while the file `go` is there. */
const WAITS_FOR_GO = `const { existsSync } = require('node:fs');
module.exports = async agent => {
  while (!existsSync(require('node:path').join(agent.baseDir, 'go'))) await new Promise(resolve => setTimeout(resolve, 20));
};
`;

/** Makes one worker throw, and waits until another has taken its place. */
async function crash({ get, client }: Running): Promise<string> {
  await get('/throw').catch(() => '');
  return until(
    async () => {
      const { items } = await client.status();
      const fallen = items.find(({ restarts }) => restarts > 0);
      return fallen !== undefined && items.filter(({ ready }) => ready).length === 3 ? fallen.name : undefined;
    },
    { what: 'a worker to be replaced', within: 20_000 },
  );
}

describe('brood ps', () => {
  it('shows what runs, of the names that are asked for, under the names that others give it', () =>
    withDaemon(hello(), async ({ brood: run, pid, directory }) => {
      const { code, out, err } = await run(['ps']);
      assert.deepEqual([code, err], [0, '']);
      const lines = out.trimEnd().split('\n');
      assert.match(lines[0] ?? '', new RegExp(`^APP shop {3}up \\d+m?s?.* {3}master ${pid} `));
      assert.match(lines[1] ?? '', /^NAME +STATE +READY +UP +RESTARTS +CPU +MEM +RPS +p99$/);
      assert.deepEqual(
        lines.slice(2).map(line => line.split(/ +/).slice(0, 3)),
        ['agent', 'web.1', 'web.2'].map(name => [name, 'running', 'yes']),
      );
      assert.deepEqual(
        lines.filter(line => line.length > 80),
        [],
      );
      assert.match((await run(['ls', 'web.2', '-o', 'wide'])).out, /^.*brood \d.*\nNAME +PID .*\nweb\.2 +\d+ +running[^\n]*\n$/);
      assert.equal((await brood('/', ['status', '-C', directory])).code, 0);
    }));

  it('writes one JSON document, without a word of the environment', () =>
    withDaemon(
      hello(),
      async ({ brood: run }) => {
        const status = JSON.parse((await run(['ps', '--json'])).out) as Status;
        assert.deepEqual([status.apiVersion, status.kind, status.items.map(({ name }) => name)], [1, 'Status', ['agent', 'web.1', 'web.2']]);
        const web = JSON.parse((await run(['ps', 'web', '--json'])).out) as Status;
        assert.deepEqual([web.items.map(({ name }) => name), web.types.map(({ type }) => type)], [['web.1', 'web.2'], ['web']]);
        assert.ok(!JSON.stringify(status).includes('kept-secret'));
      },
      { env: { SECRET: 'kept-secret' } },
    ));

  it('ends with 2 and the nearest names for a target that there is not, with 3 where nothing runs', () =>
    withDaemon(hello(), async ({ brood: run }) => {
      const wrong = await run(['ps', 'wbe']);
      assert.deepEqual([wrong.code, wrong.out], [2, '']);
      assert.match(wrong.err, /"wbe" .*\n.*"web"/);
      await withFiles({}, async ({ directory }) => {
        for (const command of ['ps', 'inspect', 'describe']) {
          const none = await brood(directory, [command, 'web.1']);
          assert.deepEqual([none.code, none.out], [3, '']);
          assert.match(none.err, /brood start/);
        }
      });
    }));

  it('follows with -w: the table after each change, or with --json a line a second; a closed reader ends it', () =>
    withDaemon(hello(), async ({ directory, client }) => {
      const follow = (...words: readonly string[]) =>
        spawn(process.execPath, [BIN, 'ps', '-w', ...words], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
      const table = follow();
      await lineOf(table.stdout, /^web\.2 +running/);
      await client.order('scale', { formation: ['web=3'] });
      await lineOf(table.stdout, /^web\.3 +running/, { within: 20_000 });
      table.kill();
      await exited(table);
      const json = follow('--json');
      const [line = ''] = await lineOf(json.stdout, /^\{"apiVersion":1,"kind":"Status".*\}$/);
      assert.equal((JSON.parse(line) as Status).items.length, 4);
      json.stdout.destroy();
      assert.deepEqual(await exited(json, { within: 20_000 }), { code: 0, signal: null });
    }));

  it('stands in its place on a terminal with -w, and leaves the last table there', () =>
    withDaemon(hello(), async ({ directory, client }) => {
      await atTmux(endShown(`cd "${directory}"; exec "${process.execPath}" "${BIN}" ps -w`), [80, 24], async ({ see, press, screen }) => {
        await see(/^web\.2 +running/m);
        await client.order('scale', { formation: ['web=3'] });
        await see(/^web\.3 +running/m);
        assert.equal((await screen()).filter(line => line.startsWith('APP shop')).length, 1);
        await client.order('scale', { formation: ['web=1'] });
        await see(/^web\.1 +running[^\n]*\n+$/m);
        await press('C-c');
        assert.equal((await see(/^\[ended with 130\]$/m)).filter(line => /^web\.\d/.test(line)).length, 1);
      });
    }));

  it('is in colour where somebody wants it', () =>
    withDaemon(hello(), async ({ brood: run }) => {
      const isColoured = async (words: readonly string[], env: Readonly<Record<string, string>>): Promise<boolean> =>
        (await run(['ps', ...words], { env })).out.includes('\u001B[');
      assert.equal(await isColoured([], {}), false);
      assert.equal(await isColoured(['--color=always'], { NO_COLOR: '1' }), true);
      assert.equal(await isColoured([], { NO_COLOR: '', FORCE_COLOR: '1' }), true);
      assert.equal(await isColoured(['--color', 'never'], { NO_COLOR: '', FORCE_COLOR: '1' }), false);
    }));
});

describe('brood inspect', () => {
  it('tells of an instance and all its ends, with the error and its place', () =>
    withDaemon(hello(), async running => {
      const { brood: run } = running;
      const name = await crash(running);
      const { code, out, err } = await run(['inspect', name]);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, new RegExp(`^${name.replace('.', String.raw`\.`)}\\nrunning +pid \\d+ .* 1 restart `));
      assert.match(out, /\nOne end, the last one at the bottom:\n\n\d{4}-.* exception, exit 1 after /);
      assert.match(out, /thrown on purpose\n(?:.*\n)*.*app\.js:2/);
      const document = JSON.parse((await run(['show', name, '--json'])).out) as Inspection;
      assert.deepEqual([document.kind, document.name, document.deaths.length, document.deaths[0]?.reason], ['Instance', name, 1, 'uncaughtException']);
      const all = JSON.parse((await run(['inspect', 'web', 'agent', '--json'])).out) as { readonly kind: string; readonly items: readonly Inspection[] };
      assert.deepEqual([all.kind, all.items.map(item => item.name)], ['InstanceList', ['web.1', 'web.2', 'agent']]);
      assert.match((await run(['ps'])).out, new RegExp(`^${name} +running +yes .* 1 \\(exception\\) `, 'm'));
    }));

  it('names what there is where no name, or a wrong one, was given', () =>
    withDaemon(hello(), async ({ brood: run }) => {
      const none = await run(['inspect']);
      assert.equal(none.code, 2);
      assert.match(none.err, /there are: agent, web\.1, web\.2/);
      const wrong = await run(['inspect', 'web.9']);
      assert.deepEqual([wrong.code, wrong.out], [2, '']);
    }));
});

describe('brood top on an application that runs', () => {
  it('follows it over a reload, a scaling, the end of its master, and the next one', () =>
    withDaemon(hello(), async ({ directory, brood: run, client }) => {
      await atTmux(`cd "${directory}"; exec "${process.execPath}" "${BIN}" top`, [80, 24], async ({ see, press, type }) => {
        await see(/^shop {2}web 2\/2 [^]*^>agent +running[^]*^ web\.2 +running[^]*q quit$/m);
        const before = new Set((await client.status()).items.map(({ pid }) => pid));
        await press('r');
        await see(/^✔ reload, /m);
        const after = (await client.status()).items.map(({ pid }) => pid);
        assert.deepEqual(
          after.filter(pid => before.has(pid)),
          [],
        );
        await press('Down', 's');
        await type('3');
        await press('Enter');
        await see(/^shop {2}web 3\/3 [^]*^ web\.3 +running/m);
        await press('d');
        await see(/^─ details web\.1 [^]*^web\.1\nrunning +pid \d+/m);
        await press('q');
        assert.equal((await run(['stop'])).code, 0);
        await see(/^not running, waiting /m);
        assert.equal((await run(['start', '-d', '-w', '1', '-p', '0'])).code, 0);
        await see(/^shop {2}web 1\/1 [^]*web\.1 +running/m);
      });
    }));

  it('needs a terminal', async () => {
    const { code, err } = await brood('/', ['top']);
    assert.equal(code, 2);
    assert.match(err, /needs a terminal; elsewhere: brood ps -w/);
  });
});

describe('brood wait', () => {
  it('waits for what the words name, and knows what there is not', () =>
    withDaemon(hello({ 'agent.js': WAITS_FOR_GO, go: '' }), async ({ brood: run, client, path }) => {
      rmSync(path('go'));
      const { items } = await client.status();
      const pid = items.find(({ type }) => type === 'agent')?.pid;
      assert.ok(pid);
      process.kill(pid, 'SIGKILL');
      await until(async () => !(await client.status()).items.some(({ type, ready }) => type === 'agent' && ready));
      assert.deepEqual(await Promise.all([['web'], ['web.2'], ['web.1', 'web.2']].map(async words => (await run(['wait', ...words])).code)), [0, 0, 0]);
      const late = await run(['wait', '-t', '300ms']);
      assert.deepEqual([late.code, late.err], [4, 'brood: wait was not done after 300 ms\nWhat there is: brood ps\n']);
      const early = await run(['wait', '-t', '1ms']);
      assert.deepEqual([early.code, early.err], [4, 'brood: wait was not done after 1 ms\nWhat there is: brood ps\n']);
      const unknown = await run(['wait', 'wbe']);
      assert.deepEqual([unknown.code, unknown.err], [2, 'brood: there is no "wbe" here\nDid you mean "web"?\n']);
      const agent = run(['wait', 'agent']);
      writeFileSync(path('go'), '');
      assert.equal((await agent).code, 0);
    }));

  it('says what to do where nothing runs; commands without words refuse them', () =>
    withFiles({}, async ({ directory }) => {
      const { code, err } = await brood(directory, ['wait', '-t', '200ms']);
      assert.deepEqual([code, err], [4, `brood: wait was not done after 200 ms\nNothing runs in ${directory}. Start it: brood start\n`]);
      assert.equal((await brood(directory, ['wait', '--gone'])).code, 0);
      const wordy = await brood(directory, ['upgrade', 'now']);
      assert.deepEqual([wordy.code, wordy.err], [2, 'brood: upgrade takes no words, got "now"\nTry: brood help upgrade\n']);
    }));
});
