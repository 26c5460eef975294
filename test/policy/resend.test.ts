/** What may be sent again is what does no harm when it is done twice, or was never sent. */
import assert from 'node:assert/strict';
import { mayResend, type Attempt } from '../../lib/policy/resend.ts';

const attempt = (over: Partial<Attempt>): Attempt => ({ method: 'GET', hasBody: false, written: true, bodyGone: false, resent: 0, ...over });

describe('a request that was let down', () => {
  const TABLE: readonly (readonly [Partial<Attempt>, boolean])[] = [
    [{}, true],
    [{ method: 'HEAD' }, true],
    [{ method: 'DELETE' }, true],
    [{ method: 'PUT' }, true],
    [{ method: 'PUT', hasBody: true }, false],
    [{ method: 'POST' }, false],
    [{ method: 'PATCH' }, false],
    [{ method: 'PROPFIND' }, false],
    [{ resent: 1 }, false],
    [{ method: 'POST', hasBody: true, written: false }, true],
    [{ method: 'POST', hasBody: true, written: false, bodyGone: true }, false],
    [{ written: false, resent: 1 }, true],
  ];
  for (const [over, may] of TABLE) {
    it(`${JSON.stringify(over)}: ${may ? 'sent again' : 'not sent again'}`, () => assert.equal(mayResend(attempt(over)), may));
  }
});
