/** Health, metrics and hangs of an application in the background, as somebody outside sees them. */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import type { Status } from '../../lib/daemon/api.ts';
import { metricsIn } from '../helpers/exposition.ts';
import { freePort } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';
import { hello, withDaemon } from './running.ts';
import type { Running } from './running.ts';

/** `/spin` stands still until the file `enough` is there. */
const SPINS = `const { existsSync } = require('node:fs');
const { join } = require('node:path');
module.exports = app => app.handle((request, response) => {
  if (request.url === '/spin') spin(join(app.baseDir, 'enough'));
  response.end(String(process.pid));
});
function spin(file) {
  while (!existsSync(file));
}
`;

const stateOf = ({ items }: Status, pid: number): string | undefined => items.find(item => item.pid === pid)?.state;

async function asked(port: number, path: string): Promise<readonly [number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return [response.status, await response.text()];
}

describe('an application that is watched from outside', () => {
  it('tells its health on a port and on the control socket, and who is missing', async () => {
    const port = await freePort();
    // Whoever falls comes back when the test has seen it missing.
    const waits = `const { existsSync } = require('node:fs');
const { join } = require('node:path');
module.exports = async agent => {
  while (existsSync(join(agent.baseDir, 'wait'))) await new Promise(resolve => setTimeout(resolve, 10));
};
`;
    await withDaemon(hello({ 'agent.js': waits, 'brood.config.json': JSON.stringify({ health: { port } }) }), async ({ ask, client, write, path }) => {
      const everybody = '[+]running ok\n[+]agent ok: 1 of 1 ready\n[+]web ok: 2 of 2 ready\nreadyz check passed\n';
      assert.deepEqual(await asked(port, '/readyz?verbose'), [200, everybody]);
      assert.deepEqual([(await ask('GET', '/readyz?verbose')).text, (await ask('GET', '/livez')).text], [everybody, 'ok']);
      write({ wait: '' });
      const agent = (await client.status()).items.find(({ type }) => type === 'agent')?.pid;
      assert.ok(agent);
      process.kill(agent, 'SIGKILL');
      await until(async () => (await asked(port, '/readyz'))[0] === 503);
      const { status, headers, text } = await ask('GET', '/readyz');
      assert.deepEqual(
        [status, headers['content-type'], JSON.parse(text)],
        [503, 'application/json; charset=utf-8', { status: 'failed', failed: ['agent'], missing: [{ type: 'agent', ready: 0, needed: 1 }] }],
      );
      assert.equal((await ask('GET', '/readyz?exclude=agent')).status, 200);
      assert.equal((await ask('GET', '/livez')).status, 200);
      rmSync(path('wait'));
      await until(async () => (await ask('GET', '/readyz')).status === 200);
    });
  });

  it('with a worker that stands still: the log says in which function, ps that it hangs; the scrape goes on, and it is let live when it recovers', async () => {
    const port = await freePort();
    const files = hello({ 'app.js': SPINS, 'brood.config.json': JSON.stringify({ metrics: { port } }) });
    const watched = async (running: Running): Promise<void> => {
      const { brood, client, get, write, path } = running;
      const log = async (): Promise<string> => (await brood(['logs', 'web', '-n', '100'])).out;
      await until(async () => (await log()).split('brood:watchdog watching').length === 3, { what: 'the threads that watch' });
      const before = (await client.status()).items.map(({ pid }) => pid);
      const spinning = get('/spin');
      const hangs = async (): Promise<number | undefined> => (await client.status()).items.find(({ state }) => state === 'hanging')?.pid;
      const pid = await until(hangs, { what: 'a worker to be seen hanging' });
      await until(async () => /has stood still for [^]*\bspin \([^\n]*app\.js:8/.test(await log()), { what: 'the stack in the log' });
      assert.match((await brood(['ps'])).out, /^web\.\d +hanging/m);
      const values = metricsIn((await asked(port, '/metrics'))[1]);
      assert.equal(values.get('brood_scrape_missing{type="web"}'), 1);
      assert.equal([...values.keys()].filter(key => key.startsWith('brood_instance_resident_memory_bytes{type="web"')).length, 2);
      assert.ok(!existsSync(path('enough')));
      write({ enough: '' });
      assert.equal(Number(await spinning), pid);
      await until(async () => stateOf(await client.status(), pid) === 'ready');
      await until(async () => /turns again/.test(await log()), { what: 'the end of it in the log' });
      assert.deepEqual(
        (await client.status()).items.map(item => item.pid),
        before,
      );
    };
    await withDaemon(files, watched, { env: { DEBUG: 'brood:watchdog' } });
  });
});
