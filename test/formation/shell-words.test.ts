/** The line of a process that is handed a socket: who takes it is the process that LISTEN_PID names. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lineWithSocket } from '../../lib/formation/shell-words.ts';

const TELLS = "node -p 'process.pid===Number(process.env.LISTEN_PID)'";
/** Each is one program, which has to take the place of the shell. */
const LINES: readonly (readonly [string, string])[] = [
  ['a program, and brackets in quotes', TELLS],
  ['a program behind exec', `exec ${TELLS}`],
  ['variables before it', `A=1 B='2;' ${TELLS}`],
  ['variables before exec', `A='3;' exec ${TELLS}`],
  ['brackets in double quotes', `node -p "process.pid===Number(process.env.LISTEN_PID)"`],
];

describe('a line that is handed a listening socket', () => {
  for (const [what, line] of LINES) {
    it(`has the pid of its program in LISTEN_PID: ${what}`, () => {
      assert.equal(execFileSync('/bin/sh', ['-c', lineWithSocket(line)], { encoding: 'utf8' }), 'true\n');
    });
  }

  it('keeps the pid of the shell where the line is more than one program', () => {
    assert.equal(execFileSync('/bin/sh', ['-c', lineWithSocket('test $LISTEN_PID = $$ && echo of the shell; true')], { encoding: 'utf8' }), 'of the shell\n');
  });
});
