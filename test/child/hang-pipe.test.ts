/** The pipe beside the channel is a trust boundary, too. */
import assert from 'node:assert/strict';
import { until } from '../helpers/until.ts';
import { programSpec, run } from './program.ts';
import type { Ran } from './program.ts';

const writing = (kind: 'fork' | 'worker', text: string, times = 1): Ran =>
  run(programSpec(kind, 'writes-to-pipe-4', { env: { TEXT: text, TIMES: String(times) }, hangPipe: true }));

async function end(ran: Ran): Promise<void> {
  ran.child.kill();
  assert.equal((await ran.first('exit')).signal, 'SIGKILL');
}

const lineOfReport = (report: unknown): string => `${JSON.stringify({ brood: { kind: 'hang', report } })}\n`;
const FRAME = { function: 'f', file: '/a.js', line: 1, column: 2 };

describe('the pipe on which a child tells what blocks it', () => {
  for (const kind of ['fork', 'worker'] as const) {
    it(`brings reports of a child of the kind ${kind}`, async () => {
      const report = { after: 1000, stack: [FRAME], requests: ['GET /'], known: 'it waits' };
      const ran = writing(kind, lineOfReport(report) + lineOfReport({ ...report, ended: 3000 }));
      await until(() => ran.all('hang').length === 2);
      assert.deepEqual(
        ran.all('hang').map(event => event.report),
        [report, { ...report, ended: 3000 }],
      );
      assert.deepEqual(ran.all('violation'), []);
      await end(ran);
    });
  }

  for (const [what, text] of [
    ['no JSON', 'nonsense\n'],
    ['a message that belongs to the channel', `${JSON.stringify({ brood: { kind: 'ready' } })}\n`],
    ["a user's message", '{"action":"hang"}\n'],
    ['a negative time', lineOfReport({ after: -1, stack: [] })],
    ['a time that is no number', lineOfReport({ after: '1', stack: [] })],
    ['a stack without an end', lineOfReport({ after: 1, stack: Array.from({ length: 21 }, () => FRAME) })],
    ['a frame of another shape', lineOfReport({ after: 1, stack: [{ ...FRAME, line: 1.5 }] })],
    ['a text without an end', lineOfReport({ after: 1, stack: [], known: 'x'.repeat(1025) })],
    ['requests that are no text', lineOfReport({ after: 1, stack: [], requests: [1] })],
  ] as const) {
    it(`takes ${what} for a violation, and reads nothing more`, async () => {
      const ran = writing('fork', text + lineOfReport({ after: 1, stack: [] }));
      assert.equal((await ran.first('violation')).fatal, false);
      await ran.first('plain');
      assert.deepEqual(ran.all('hang'), []);
      assert.equal(ran.all('violation').length, 1);
      await end(ran);
    });
  }

  it('takes a line without an end for a violation, and remembers none of it', async () => {
    const ran = writing('fork', 'x'.repeat(1000), 100);
    assert.equal((await ran.first('violation')).fatal, false);
    await end(ran);
  });
});
