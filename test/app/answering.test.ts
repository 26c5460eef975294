/** A listener that fails: its client is answered, and the failure goes on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering } from '../../lib/app/guests/answering.ts';
import type { Listener } from '../../lib/app/guests/duck.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** What a client is answered, and what has been thrown or rejected on. */
async function answerOf(listener: Listener): Promise<{ readonly answer: Answer | undefined; readonly failures: readonly unknown[] }> {
  const failures: unknown[] = [];
  const served = answering(listener);
  const server = http.createServer((request, response) => {
    const run = async (): Promise<unknown> => served.call(server, request, response);
    run().catch((error: unknown) => failures.push(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return { answer: { status: response.status, text: await response.text(), headers: response.headers }, failures };
  } catch {
    return { answer: undefined, failures };
  } finally {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
}

const error = new Error('on demand');

describe('a listener that fails', () => {
  for (const [how, listener] of [
    [
      'throws',
      () => {
        throw error;
      },
    ],
    ['rejects', () => Promise.reject(error)],
    [
      'rejects when it has set headers',
      async (_request, response) => {
        response.setHeader('content-length', 1000).setHeader('content-type', 'image/png');
        await new Promise(resolve => setImmediate(resolve));
        throw error;
      },
    ],
  ] as readonly (readonly [string, Listener])[])
    it(`and ${how}: 500, and the error goes on`, async () => {
      const { answer, failures } = await answerOf(listener);
      assert.deepEqual([answer?.status, answer?.text, answer?.headers.get('content-type')], [500, 'Internal Server Error\n', 'text/plain']);
      assert.deepEqual(failures, [error]);
    });

  it('in the middle of an answer: it is cut, so that nobody takes it for a whole one', async () => {
    const { answer, failures } = await answerOf((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('half of');
      throw error;
    });
    assert.deepEqual([answer, failures], [undefined, [error]]);
  });

  it('after its answer: that stands', async () => {
    const { answer, failures } = await answerOf(async (_request, response) => {
      response.end('done');
      throw error;
    });
    assert.deepEqual([answer?.status, answer?.text, failures], [200, 'done', [error]]);
  });

  it('and one that does not is left alone', async () => {
    const { answer, failures } = await answerOf(async (_request, response) => response.end('done'));
    assert.deepEqual([answer?.status, answer?.text, failures], [200, 'done', []]);
  });
});
