/** The helpers that wait for facts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import { PassThrough } from 'node:stream';
import { exited, inTime, lineOf, portClosed, portOpen, said, until } from './until.ts';

describe('until', () => {
  it('answers what the check answers once it is truthy', async () => {
    let asked = 0;
    assert.equal(await until(() => (++asked === 3 ? 'there' : undefined)), 'there');
  });

  it('names what it waited for, with the last error of the check as the cause', async () => {
    const check = (): boolean => {
      throw new Error('not yet');
    };
    await assert.rejects(until(check, { what: 'the moon', within: 20 }), (error: Error) => {
      assert.equal(error.message, 'waited 20 ms for the moon');
      assert.match(String(error.cause), /not yet/);
      return true;
    });
  });

  it('gives up a promise that is never settled', async () => {
    await assert.rejects(inTime(new Promise(() => {}), { what: 'nothing', within: 5 }), /waited 5 ms for nothing/);
  });

  it('tells how a process ended, also when it had ended before', async () => {
    const child = spawn(process.execPath, ['-e', 'process.exitCode = 7'], { stdio: 'ignore' });
    assert.deepEqual(await exited(child), { code: 7, signal: null });
    assert.deepEqual(await exited(child), { code: 7, signal: null });
  });

  it('finds a line that came in pieces, and one that was said before it was asked for', async () => {
    const stream = new PassThrough();
    const waiting = lineOf(stream, /^port (\d+)$/);
    stream.write('first\nport 7');
    stream.write('001\nlast\n');
    assert.equal((await waiting)[1], '7001');
    assert.equal((await lineOf(stream, /fir/)).input, 'first');
    await assert.rejects(lineOf(stream, /first/, { from: said(stream).length, within: 5 }), /waited 5 ms/);
  });

  it('fails at once, with what was said, when the stream ends without the line', async () => {
    const stream = new PassThrough();
    const waiting = lineOf(stream, /ready/, { within: 60_000 });
    stream.end('boom');
    await assert.rejects(waiting, /ended without a line like \/ready\/.*boom/s);
  });

  it('sees a port open and close', async () => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await until(() => server.listening);
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await portOpen(port);
    server.close();
    await portClosed(port);
  });
});
