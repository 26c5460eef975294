/** Which lines of a Procfile are a cluster. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { readBroodLine } from '../../lib/formation/brood-line.ts';

const CLUSTER: readonly (readonly [string, unknown])[] = [
  ['brood start', {}],
  ['  exec npx brood start .', {}],
  ['./node_modules/.bin/brood start api', { directory: 'api' }],
  ['brood start -w 4 -p $PORT', { process: { instances: 4 } }],
  ['brood start --workers=auto --port "${PORT}" services/api', { process: { instances: 'auto' }, directory: 'services/api' }],
  ['brood start -p 8080 --drain-timeout 2000 --hang-timeout=0', { port: 8080, process: { drainTimeout: 2000, hangKill: 0 } }],
  ['brood start --hostname ::1 --sticky ip --listen reuse-port', { top: { hostname: '::1', sticky: 'ip', listen: 'reuse-port' } }],
];

const NESTED: readonly (readonly [string, RegExp])[] = [
  ['cd api && brood start', /more than that command/],
  ['NODE_ENV=production brood start', /more than that command/],
  ['sleep 1; exec brood start', /more than that command/],
  ['brood start | tee log', /the shell would read \|/],
  ['brood start $DIRECTORY', /the shell would read \$DIRECTORY/],
  ["brood start -p '$PORT'", /neither a number nor \$PORT/],
  ['brood start -p $((PORT+1))', /neither a number nor \$PORT/],
  ['brood start -p', /neither a number nor \$PORT/],
  ['brood start -w $WORKERS', /the value of w is not written out/],
  ['brood start -w', /the value of w is not written out/],
  ['brood start -d', /-d is for a master of its own/],
  ['brood start --no-lock', /--no-lock is for a master of its own/],
  ['brood start --constructor 1', /--constructor is for a master of its own/],
  ['brood start api web', /more than one directory/],
  ['brood start -w4', /-w4 is for a master of its own/],
];

const OTHER = ['node server.js', 'brood stop', 'brood starts', 'echo brood start', 'mybrood start', 'brood', 'xbrood start', "sh -c 'brood start'"];

describe('a line of a Procfile', () => {
  for (const [line, expected] of CLUSTER) {
    it(`is a cluster: ${line}`, () => {
      const read = readBroodLine(line);
      assert.deepEqual(read, Object.assign({ kind: 'cluster', directory: '.', port: undefined, process: {}, top: {} }, expected));
    });
  }

  for (const [line, why] of NESTED) {
    it(`is a master of its own: ${line}`, () => {
      const read = readBroodLine(line);
      assert.ok(read.kind === 'nested', JSON.stringify(read));
      assert.match(read.why, why);
    });
  }

  it('is neither, where Brood is not what it starts', () => {
    assert.deepEqual(
      OTHER.filter(line => readBroodLine(line).kind !== 'other'),
      [],
    );
  });

  it('is read in no time, however long it is', () => {
    const began = performance.now();
    for (const part of ['a=', ' ', ';', ';a=', '/', 'brood start ', 'npx ', '-w ']) readBroodLine(`${part.repeat(256 * 1024)}x`);
    for (const part of ['a=', ' ', ';a=', '--w=1 ']) readBroodLine(`brood start ${part.repeat(256 * 1024)}x`);
    assert.ok(performance.now() - began < 2000);
  });
});
