/** The words for a signal. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { SENT_BY_HAND } from '../../lib/cli/completion/signals.ts';
import { signalOf } from '../../lib/policy/signal-name.ts';

const TABLE = { SIGHUP: 1, SIGABRT: 6, SIGIOT: 6, SIGUSR2: 12, SIGTERM: 15 } as const;

describe('the name of a signal', () => {
  it('is read with and without SIG, in any case, and as a number', () => {
    for (const word of ['USR2', 'SIGUSR2', 'usr2', 'sigusr2', '12']) assert.deepEqual(signalOf(word, TABLE), { kind: 'signal', name: 'SIGUSR2' }, word);
    assert.deepEqual(signalOf('6', TABLE), { kind: 'signal', name: 'SIGABRT' });
  });

  it('is unknown when there is no such signal, with the one that is near', () => {
    assert.deepEqual(signalOf('URS2', TABLE), { kind: 'unknown', near: 'USR2' });
    for (const word of ['0', '99', '-1', '1.0', '', 'SIG', 'web']) assert.deepEqual(signalOf(word, TABLE), { kind: 'unknown', near: undefined }, word);
  });

  it('is offered only where this system has it', () => {
    for (const [name] of SENT_BY_HAND) assert.ok(`SIG${name}` in constants.signals, name);
  });
});
