/** Formations of real programs: what the tools' own documentation shows, redis, gunicorn and nginx, and a cluster beside them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { freePorts } from '../helpers/ports.ts';
import { until } from '../helpers/until.ts';
import { endsClean, formationFiles, needs, procfile, WITH_STAND_INS } from './real.ts';
import { started } from './started.ts';

/** A new connection each time: it is the next one's turn. */
async function get(port: number, path = '/'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  return `${response.status} ${await response.text()}`;
}

/** This line of Bench has an absolute path. */
const SOCKETIO = existsSync('/usr/bin/node') ? 1 : 0;
const redisConf = (port: number): string => `port ${port}\nbind 127.0.0.1\nsave ""\n`;

describe('formations of real programs', () => {
  before(() => needs('redis-server', 'gunicorn', 'nginx', 'python3'));

  it("runs the Procfile of foreman's users, two of web behind one port", async () => {
    const base = await freePorts(3);
    const words = ['-p', String(base), '-m', 'all=1,web=2', '--hostname', '127.0.0.1'];
    await started(procfile('Procfile.foreman'), { words, env: { ...WITH_STAND_INS, RACK_ENV: '' } }, async run => {
      await run.says(/4 processes ready/);
      const answers = [await get(base), await get(base)];
      assert.deepEqual(answers.sort(), ['200 web.1 development', '200 web.2 development']);
      await Promise.all([run.line(/job\.1 +\| bundle exec rake jobs:work$/), run.line(/clock\.1 +\| bundle exec clockwork lib\/clock\.rb$/)]);
      await endsClean(run, [base, base + 1, base + 2]);
    });
  });

  it("runs the Procfile of Honcho's users, gunicorn with four workers behind the balancer", async () => {
    const base = await freePorts(2);
    const files = {
      'myapp.py': 'def app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"myapp"]\n',
      'worker.py': 'import signal, sys\nprint(sys.argv[1:], flush=True)\nsignal.pause()\n',
    };
    await started(procfile('Procfile.honcho'), { words: ['-p', String(base), '--hostname', '127.0.0.1'], env: WITH_STAND_INS, files }, async run => {
      await run.says(/4 processes ready/);
      assert.equal(await get(base), '200 myapp');
      await Promise.all([
        run.line(/worker\.1 +\| \['--priority', 'high,med,low'\]/),
        run.line(/worker_low\.1 +\| \['--priority', 'med,low'\]/),
        run.line(/beat\.1 +\| celery -A myapp beat -l info$/),
      ]);
      const { out } = await endsClean(run, [base, base + 1]);
      assert.equal(out.match(/Booting worker with pid/g)?.length, 4);
    });
  });

  it('runs the Procfile of Bench, with two real servers of redis', async () => {
    const base = await freePorts(2);
    const files = {
      'config/redis_cache.conf': redisConf(base),
      'config/redis_queue.conf': redisConf(base + 1),
      'apps/frappe/socketio.js': "console.log('socketio'); setInterval(() => {}, 60_000);\n",
      'logs/worker.log': '',
    };
    const words = ['--port-per-instance', '-m', `all=1,socketio=${SOCKETIO}`];
    await started(procfile('Procfile.bench'), { words, env: WITH_STAND_INS, files }, async run => {
      await run.says(new RegExp(`${7 + SOCKETIO} processes ready`));
      await Promise.all([
        run.line(/redis_cache\.1 +\| .*Ready to accept connections/),
        run.line(/redis_queue\.1 +\| .*Ready to accept connections/),
        run.line(/web\.1 +\| bench serve --port 8000$/),
        run.line(/watch\.1 +\| bench watch$/),
        run.line(/schedule\.1 +\| bench schedule$/),
        ...(SOCKETIO === 1 ? [run.line(/socketio\.1 +\| socketio$/)] : []),
      ]);
      const logged = await until(() => {
        const lines = readFileSync(run.path('logs/worker.log'), 'utf8').trim().split('\n').sort();
        return lines.length === 2 ? lines : undefined;
      });
      assert.deepEqual(logged, ['bench worker --queue reports, NO_PROXY=*', 'bench worker, NO_PROXY=*']);
      await endsClean(run, [base, base + 1]);
    });
  });

  it('runs a cluster, redis, a worker in Python, and gunicorn behind the balancer, and each reaches the other', async () => {
    const base = await freePorts(7);
    const [redis, cluster, web] = [base, base + 1, base + 2];
    const config = `port: ${cluster}
hostname: 127.0.0.1
workers: 2
agent: false
env: { REDIS_PORT: ${redis} }
processes:
  redis: { command: exec redis-server --port ${redis} --bind 127.0.0.1 --save '', ready: { tcp: ${redis} } }
  worker: { command: exec python3 worker.py, after: redis, ready: { line: ^waiting as worker.1$ } }
  api: { command: 'exec gunicorn -b 127.0.0.1:$PORT web:app', after: { redis: healthy }, instances: 2, port: ${web}, entry: { host: 127.0.0.1 } }
`;
    await started('', { files: { ...formationFiles('squares'), 'brood.config.yaml': config } }, async run => {
      await run.says(/ready in/);
      assert.match(await get(cluster, '/7'), /^200 :\d$/);
      await until(async () => (await get(web, '/7')).startsWith('200 '), { what: 'the square of 7' });
      const answers = [await get(web, '/7'), await get(web, '/7')];
      assert.deepEqual(answers.sort(), ['200 49 by api.1', '200 49 by api.2']);
      run.child.kill('SIGTERM');
      assert.equal((await run.ended()).code, 0);
    });
  });

  it('hands the listening socket of a Procfile to gunicorn and to nginx', async () => {
    const base = await freePorts(101);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${name};`).join(' ');
    const files = {
      'myapp.py': 'def app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"gunicorn"]\n',
      // Without a master process nginx 1.22 crashes on inherited sockets.
      'nginx.conf': `daemon off; master_process on; worker_processes 1; pid nginx.pid; events { worker_connections 64; }
http { access_log off; ${temporary} server { listen 0.0.0.0:${base + 100}; location / { return 200 nginx; } } }\n`,
    };
    const lines = `web: gunicorn myapp:app\nproxy: NGINX='3;' exec nginx -e stderr -p . -c nginx.conf\n`;
    // nginx knows the socket again by its address.
    const words = ['-p', String(base), '--entry', 'web=socket,proxy=socket', '--hostname', '0.0.0.0'];
    await started(lines, { words, files }, async run => {
      await run.says(/2 processes ready/);
      assert.deepEqual(await Promise.all([get(base), get(base + 100)]), ['200 gunicorn', '200 nginx']);
      await endsClean(run, [base, base + 100]);
    });
  });
});
