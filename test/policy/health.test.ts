/** What a load balancer is told. */
import assert from 'node:assert/strict';
import { livez, readyz } from '../../lib/policy/health.ts';
import type { Condition } from '../../lib/policy/health.ts';

const BRIEF = { verbose: false, exclude: [] };
const VERBOSE = { verbose: true, exclude: [] };
const condition = (ready: number, over: Partial<Condition> = {}): Condition => ({
  isStopping: false,
  types: [
    { type: 'web', wanted: 4, ready, needed: 2 },
    { type: 'jobs', wanted: 0, ready: 0, needed: 0 },
  ],
  ...over,
});

describe('/readyz', () => {
  it('is 200 while enough of every type is ready', () => {
    assert.deepEqual([readyz(condition(2), BRIEF).status, readyz(condition(2), BRIEF).text], [200, 'ok']);
    assert.equal(readyz(condition(1), BRIEF).status, 503);
  });

  it('says as JSON what is missing', () => {
    const { type, text } = readyz(condition(1), BRIEF);
    assert.match(type, /^application\/json/);
    assert.deepEqual(JSON.parse(text), { status: 'failed', failed: ['web'], missing: [{ type: 'web', ready: 1, needed: 2 }] });
  });

  it('is 503 from the moment on when it stops, whatever is ready', () => {
    const { status, text } = readyz(condition(4, { isStopping: true }), BRIEF);
    assert.equal(status, 503);
    assert.deepEqual(JSON.parse(text), { status: 'failed', failed: ['running'], missing: [] });
  });

  it('lists every check with ?verbose, in the words of Kubernetes', () => {
    assert.equal(readyz(condition(4), VERBOSE).text, '[+]running ok\n[+]web ok: 4 of 4 ready\n[+]jobs ok: 0 of 0 ready\nreadyz check passed\n');
    assert.equal(
      readyz(condition(0, { isStopping: true }), VERBOSE).text,
      '[-]running failed: it stops\n[-]web failed: 0 of 4 ready, 2 needed\n[+]jobs ok: 0 of 0 ready\nreadyz check failed\n',
    );
  });

  it('does not wait for what has done its work', () => {
    const types = [{ type: 'migrate', wanted: 1, ready: 0, completed: 1, needed: 0 }];
    assert.equal(readyz(condition(0, { types }), VERBOSE).text, '[+]running ok\n[+]migrate ok: 0 of 1 ready, 1 completed\nreadyz check passed\n');
  });

  it('leaves out what ?exclude names', () => {
    assert.equal(readyz(condition(0), { verbose: false, exclude: ['web'] }).status, 200);
  });
});

describe('/livez', () => {
  it('is 200 while the master runs, whatever is ready, until it stops', () => {
    assert.equal(livez(condition(0), BRIEF).status, 200);
    assert.equal(livez(condition(4, { isStopping: true }), BRIEF).status, 503);
    assert.equal(livez(condition(0), VERBOSE).text, '[+]running ok\nlivez check passed\n');
  });
});
