/** A process is looked at from outside: by HTTP, by a connection, by a command. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import type { ProbeCheck } from '../../lib/care.ts';
import { runCheck } from '../../lib/child/check.ts';
import type { ProbeResult } from '../../lib/policy/probe.ts';
import { withFiles } from '../helpers/files.ts';
import { assertGone } from '../helpers/left.ts';
import { root } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';
import { specOf } from '../supervisor/watched.ts';

const look = (check: Exclude<ProbeCheck, { readonly kind: 'message' }>, env: Record<string, string> = {}) => {
  let withdraw = (): void => {};
  const answered = new Promise<ProbeResult>(resolve => {
    withdraw = runCheck({ check, spec: specOf('job', { env }), slot: 2, pid: process.pid, timeout: 5000 }, resolve);
  });
  return { answered, withdraw: () => withdraw() };
};
const at = (server: net.Server): number => (server.address() as net.AddressInfo).port;
const get = (over: object = {}): Extract<ProbeCheck, { kind: 'http' }> => ({
  kind: 'http',
  path: '/',
  host: '127.0.0.1',
  scheme: 'HTTP',
  headers: [],
  ...over,
});
const run = (command: string | readonly string[]): Extract<ProbeCheck, { kind: 'exec' }> => ({ kind: 'exec', command });

describe('a check', () => {
  const servers: net.Server[] = [];
  const sockets = new Set<net.Socket>();
  const listen = async (server: net.Server): Promise<number> => {
    servers.push(server);
    server.on('connection', socket => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
    return at(server);
  };
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) await new Promise(resolve => server.close(resolve));
  });

  it('by HTTP goes by the status, and sends the headers that it is told', async () => {
    const seen: unknown[] = [];
    const answer: http.RequestListener = (request, response) => {
      seen.push([request.url, request.headers['x-from']]);
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    };
    const port = await listen(http.createServer(answer));
    assert.deepEqual(await look(get({ port, path: '/204', headers: [{ name: 'X-From', value: 'probe' }] })).answered, { ok: true, detail: 'HTTP 204' });
    assert.deepEqual(await look(get({ path: '/500' }), { PORT: String(port) }).answered, { ok: false, detail: 'HTTP 500' });
    assert.deepEqual(seen, [
      ['/204', 'probe'],
      ['/500', undefined],
    ]);
    const pem = (name: string): Buffer => readFileSync(path.join(root, `fixtures/tls/${name}.pem`));
    const secure = await listen(https.createServer({ key: pem('key'), cert: pem('cert') }, answer));
    assert.equal((await look(get({ port: secure, path: '/200', scheme: 'HTTPS' })).answered).ok, true);
    assert.deepEqual(await look(get()).answered, { ok: false, detail: 'no port is known to ask at' });
  });

  it('that is withdrawn lets go of its connection', async () => {
    const port = await listen(http.createServer(() => {}));
    const { withdraw } = look(get({ port }));
    await until(() => sockets.size === 1, { what: 'the connection' });
    withdraw();
    await until(() => sockets.size === 0, { what: 'the connection to be closed' });
  });

  it('by a connection goes by whether there is one', async () => {
    const server = net.createServer();
    const port = await listen(server);
    assert.deepEqual(await look({ kind: 'tcp', host: '127.0.0.1', port }).answered, { ok: true, detail: 'connected' });
    assert.deepEqual(await look({ kind: 'tcp', host: '127.0.0.1' }, { PORT: String(port) }).answered, { ok: true, detail: 'connected' });
    assert.deepEqual(await look({ kind: 'tcp', host: '127.0.0.1' }).answered, { ok: false, detail: 'no port is known to ask at' });
    servers.splice(0);
    await new Promise(resolve => server.close(resolve));
    assert.deepEqual(await look({ kind: 'tcp', host: '127.0.0.1', port }).answered, { ok: false, detail: 'ECONNREFUSED' });
  });

  it('by a command goes by its exit code, and tells what it wrote', async () => {
    assert.deepEqual(await look(run('true')).answered, { ok: true, detail: 'exit code 0' });
    assert.deepEqual(await look(run('echo no database >&2; exit 7')).answered, { ok: false, detail: 'exit code 7: no database' });
    assert.deepEqual(await look(run(['/bin/sh', '-c', 'kill -9 $$'])).answered, { ok: false, detail: 'SIGKILL' });
    assert.equal((await look(run(`test "$WHO/$BROOD_SLOT/$BROOD_PID" = me/2/${process.pid}`), { WHO: 'me' }).answered).ok, true);
    assert.equal((await look(run(['/no/such/program'])).answered).detail, 'ENOENT');
  });

  it('by a command that is withdrawn ends it with everything that it has started', async () => {
    await withFiles({}, async files => {
      const file = files.path('pids');
      const { answered, withdraw } = look(run(`sleep 300 & echo $! > ${file}; echo $$ >> ${file}; wait`));
      const written = (): readonly number[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number) : []);
      await until(() => written().length === 2, { what: 'the command' });
      withdraw();
      assert.equal((await answered).detail, 'SIGKILL');
      await assertGone([...written()]);
    });
  });
});
