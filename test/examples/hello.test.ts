/** examples/hello runs: under a test's cluster, and by its own start.js. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import supertest from 'supertest';
import { example, withCluster } from '../helpers/cluster.ts';
import { exited, lineOf, until } from '../helpers/until.ts';

describe('examples/hello', () => {
  it('answers with the greeting that the worker got from the agent', () =>
    withCluster({ baseDir: example('hello') }, async cluster => {
      const agent = cluster.instances().find(({ type }) => type === 'agent');
      const workers = cluster.instances().filter(({ type }) => type === 'app');
      const text = await until(async () => {
        const answer = await supertest(`http://127.0.0.1:${cluster.address.port}`).get('/');
        return answer.text.startsWith('Hello') ? answer.text : undefined;
      });
      const found = /^Hello from the agent \(pid (\d+)\)\n\/ was answered by app\.(\d) \(pid (\d+)\)\n$/.exec(text);
      assert.ok(found, text);
      assert.equal(Number(found[1]), agent?.pid);
      assert.ok(workers.some(({ pid, slot }) => pid === Number(found[3]) && slot === Number(found[2])));
    }));

  it('starts by itself, says where and what, and ends with Ctrl-C', async () => {
    const child = spawn(process.execPath, [path.join(example('hello'), 'start.js')], {
      env: { ...process.env, PORT: '0', WEB_CONCURRENCY: '2' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [, url = ''] = await lineOf(child.stdout, /^ +(http:\/\/127\.0\.0\.1:\d+)$/, { within: 30_000 });
    await lineOf(child.stdout, /^ +workers( \d+)+$/);
    await supertest(url).get('/').expect(200);
    child.kill('SIGINT');
    assert.deepEqual(await exited(child), { code: 0, signal: null });
  });
});
