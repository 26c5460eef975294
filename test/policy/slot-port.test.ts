/** The port of one instance. */
import assert from 'node:assert/strict';
import type { ProcessSpec } from '../../lib/model.ts';
import { portOfNew, probedPort } from '../../lib/policy/slot-port.ts';

const command = (port?: number, apart = false): Pick<ProcessSpec, 'start' | 'env'> => ({
  start: { kind: 'command', line: 'x', apart, ...(port === undefined ? {} : { port }) },
  env: { PORT: '80' },
});
const module: Pick<ProcessSpec, 'start' | 'env'> = { start: { kind: 'worker', module: '/x.js', execArgv: [] }, env: { PORT: '7000' } };

describe('the port of an instance', () => {
  it('of a command is counted from that of the type', () => {
    assert.deepEqual(
      [1, 3, 0].map(slot => portOfNew(command(9000), slot)),
      [9000, 9002, 9000],
    );
    assert.equal(portOfNew(command(), 2), undefined);
  });

  it('of a module is that of the environment, which nobody gives it', () => {
    assert.equal(portOfNew(module, 2), undefined);
  });

  it('is the lowest one that no other instance has, where two of one slot may be there at once', () => {
    assert.equal(portOfNew(command(9000, true), 1), 9000);
    assert.equal(portOfNew(command(9000, true), 1, [9000, 9002]), 9001);
    assert.equal(portOfNew(command(9000, true), 4, [9001, undefined]), 9000);
  });

  it('is where a probe asks that names none, or that of the type', () => {
    assert.deepEqual(
      [undefined, 9000, 8080].map(port => probedPort(command(9000), 9001, port)),
      [9001, 9001, 8080],
    );
    assert.deepEqual(
      [probedPort(module, undefined, undefined), probedPort(module, undefined, 7000), probedPort({ ...module, env: {} }, undefined, undefined)],
      [7000, 7000, undefined],
    );
  });
});
