/** What of a request says to which worker it belongs. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { addressKey, cookieValue, forwardedClient, queryValue, slotOfCookie } from '../../lib/policy/affinity.ts';

describe('a session in the query', () => {
  it('is the first value of that name', () => {
    assert.equal(queryValue('/socket.io/?EIO=4&transport=polling&sid=abc-_1&sid=other', 'sid'), 'abc-_1');
    assert.equal(queryValue('/?sid=abc', 'sid'), 'abc');
  });

  it('is none where the name is another one, or nothing follows, or it is longer than any session', () => {
    for (const target of ['/', '/?xsid=1', '/?sidx=1', '/?sid=', '/?sid', `/?sid=${'x'.repeat(257)}`, '/sid=1'])
      assert.equal(queryValue(target, 'sid'), undefined, target);
  });
});

describe('a cookie', () => {
  it('is found between others', () => {
    assert.equal(cookieValue('a=1; brood=2.xy;b=3', 'brood'), '2.xy');
    assert.equal(cookieValue('brood=2.xy', 'brood'), '2.xy');
  });

  it('is none without a header, without the name, or without a value', () => {
    for (const header of [undefined, '', 'xbrood=1', 'brood', 'brood=', `brood=${'x'.repeat(300)}`]) assert.equal(cookieValue(header, 'brood'), undefined);
  });

  it('of ours says its slot; of a stranger it says none', () => {
    assert.deepEqual(['12.abc', '1.', 'x', '.1', '1234567.a', '-1.a'].map(slotOfCookie), [12, 1, undefined, undefined, undefined, undefined]);
  });
});

describe('the client behind proxies', () => {
  it('is what the first trusted proxy saw, whatever the client wrote before it', () => {
    assert.equal(forwardedClient('10.0.0.1', 1), '10.0.0.1');
    assert.equal(forwardedClient('6.6.6.6, 7.7.7.7, 10.0.0.1', 1), '10.0.0.1');
    assert.equal(forwardedClient('6.6.6.6, 10.0.0.1 , 172.16.0.1', 2), '10.0.0.1');
    assert.equal(forwardedClient('10.0.0.1', 3), '10.0.0.1');
    assert.equal(forwardedClient(undefined, 1), undefined);
    assert.equal(forwardedClient('', 1), undefined);
  });
});

describe('an address as a key', () => {
  it('has no port, no zone and no disguise', () => {
    const same = (...texts: readonly string[]): void => assert.equal(new Set(texts.map(addressKey)).size, 1, texts.join(' '));
    same('10.0.0.1', '10.0.0.1:4711', '::ffff:10.0.0.1', '::FFFF:10.0.0.1', '[::ffff:10.0.0.1]:80');
    same('2001:db8:1:2::1', '[2001:db8:1:2::1]:443', '2001:0DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2:0:0:0:9');
    same('fe80::1', 'fe80::2%eth0', 'fe80:0:0:0:1:2:3:4');
    same('::1', '0:0:0:0:0:0:0:1');
  });

  it('keeps networks apart', () => {
    const texts = ['10.0.0.1', '10.0.0.2', '2001:db8:1:2::1', '2001:db8:1:3::1', '::1', 'fe80::1', '2001:db8::1'];
    assert.equal(new Set(texts.map(addressKey)).size, texts.length);
  });

  it('takes whatever a stranger writes', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), text => assert.equal(typeof addressKey(text), 'string')));
    fc.assert(fc.property(fc.ipV6(), text => assert.equal(addressKey(text), addressKey(`[${text}]:80`))));
  });
});
