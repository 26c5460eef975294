/** Headers on their way through a proxy: what passes, what stays, what is added. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { answerHeaders, keptFor, plainAddress, requestHeaders, targetOf, trailersOf, type RequestFacts } from '../../lib/policy/forwarded.ts';

/** As node:http puts them together. */
const joined = (raw: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = String(raw[at]).toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${raw[at + 1]}` : String(raw[at + 1]);
  }
  return headers;
};
const facts = (raw: readonly string[], over: Partial<RequestFacts> = {}): RequestFacts => ({
  headers: joined(raw),
  address: '10.0.0.1',
  port: '80',
  proto: 'http',
  trust: false,
  continues: false,
  hasBody: false,
  method: 'GET',
  ...over,
});
const sent = (raw: readonly string[], over: Partial<RequestFacts> = {}): string[] | undefined => requestHeaders(raw, facts(raw, over));
const names = (raw: readonly string[] | undefined): readonly string[] => (raw ?? []).filter((_, at) => at % 2 === 0).map(name => name.toLowerCase());

const token = fc.stringMatching(/^[A-Za-z][\w-]{0,20}$/);
const rawHeaders = fc.array(fc.tuple(token, fc.stringMatching(/^[\x21-\x7e]{0,20}$/)), { maxLength: 12 }).map(pairs => pairs.flat());

describe('the headers of a request', () => {
  it('pass as they came, with who the client is at their end', () => {
    const raw = ['Host', 'a', 'ACCEPT', '*/*', 'Cookie', 'a=1', 'X-Twice', '1', 'x-twice', '2'];
    assert.deepEqual(sent(raw), [...raw, 'X-Forwarded-For', '10.0.0.1', 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'a', 'X-Forwarded-Port', '80']);
  });

  it('say no length twice, and none where the method needs none', () => {
    const lengths = (raw: readonly string[], over: Partial<RequestFacts>): number => names(sent(raw, over)).filter(name => name === 'content-length').length;
    assert.equal(lengths(['Host', 'a'], { method: 'POST' }), 1);
    assert.equal(lengths(['Host', 'a', 'Content-Length', '0'], { method: 'POST' }), 1);
    assert.equal(lengths(['Host', 'a', 'Transfer-Encoding', 'chunked'], { method: 'POST', hasBody: true }), 0);
    assert.equal(lengths(['Host', 'a'], { method: 'DELETE' }), 0);
  });

  it('are refused with two hosts, and given one where there is none', () => {
    assert.equal(sent(['Host', 'a', 'host', 'b']), undefined);
    assert.ok(sent([])?.includes('Host'));
    assert.deepEqual(sent(['Host', 'wrong'], { host: 'right' })?.slice(0, 2), ['Host', 'right']);
  });

  it('keep the expectation only where the instance answers it', () => {
    const raw = ['Host', 'a', 'Expect', '100-continue'];
    assert.deepEqual([names(sent(raw)).includes('expect'), names(sent(raw, { continues: true })).includes('expect')], [false, true]);
  });

  it('of the connection stay, also those that Connection names, but for what frames and routes', () => {
    const named = 'X-Private, close, Host, Content-Length, TE';
    const raw = [
      'Connection',
      named,
      'Host',
      'a',
      'Content-Length',
      '3',
      'x-private',
      '1',
      'Keep-Alive',
      '1',
      'Proxy-Connection',
      '1',
      'Upgrade',
      'x',
      'TE',
      'trailers',
    ];
    assert.deepEqual(names(sent(raw, { hasBody: true })).slice(0, 3), ['host', 'content-length', 'te']);
  });

  it('never let a client speak for somebody else', () => {
    const spoof = fc.constantFrom('X-Forwarded-For', 'x_forwarded_for', 'X-Forwarded_Host', 'x-forwarded-anything', 'Forwarded', 'FORWARDED');
    fc.assert(
      fc.property(rawHeaders, spoof, fc.nat(12), (raw, name, at) => {
        const spoofed = ['Host', 'a', ...raw.slice(0, at * 2), name, '6.6.6.6', ...raw.slice(at * 2)];
        const got = sent(spoofed);
        if (got === undefined) return;
        assert.ok(!got.includes('6.6.6.6'));
        assert.equal(names(got).filter(one => one.replaceAll('_', '-') === 'x-forwarded-for').length, 1);
      }),
    );
  });

  it('keep every header that is nobody’s business but the instance’s, in order', () => {
    fc.assert(
      fc.property(rawHeaders, raw => {
        const plain = ['Host', 'a', ...raw.filter((_, at) => /^[a-d]/i.test(String(raw[at - (at % 2)])) && !/^connection$/i.test(String(raw[at - (at % 2)])))];
        assert.deepEqual(sent(plain)?.slice(0, plain.length), plain);
      }),
    );
  });
});

describe('the headers of an answer', () => {
  it('pass as they came, but for those of the connection', () => {
    const raw = ['Set-Cookie', 'a', 'set-cookie', 'b', 'Connection', 'X-Mine', 'X-Mine', '1', 'Keep-Alive', 'timeout=5', 'Content-Length', '3'];
    assert.deepEqual(answerHeaders(raw, true), { headers: ['Set-Cookie', 'a', 'set-cookie', 'b', 'Content-Length', '3'], coding: undefined });
  });

  it('have no length beside a coding, and announce no trailers where none can follow', () => {
    const raw = ['Content-Length', '3', 'Transfer-Encoding', 'Chunked', 'Trailer', 'X'];
    assert.deepEqual(answerHeaders(raw, true), { headers: ['Trailer', 'X'], coding: 'chunked' });
    assert.deepEqual(answerHeaders(raw, false), { headers: [], coding: 'chunked' });
    assert.deepEqual(answerHeaders(['Trailer', 'X', 'Content-Length', '3'], true).headers, ['Content-Length', '3']);
  });

  it('say how long a connection is kept', () => {
    assert.deepEqual(
      ['timeout=5', 'max=3, timeout=72', 'max=3', 'xtimeout=5'].map(value => keptFor(['Keep-Alive', value])),
      [5000, 72_000, undefined, undefined],
    );
    assert.equal(keptFor(['Server', 'x']), undefined);
  });
});

describe('what is read of a message', () => {
  it('its target, in each of its forms', () => {
    const TABLE: Readonly<Record<string, ReturnType<typeof targetOf>>> = {
      '/a?b': { path: '/a?b' },
      '//a': { path: '//a' },
      '*': { path: '*' },
      'http://h:1/a?b': { host: 'h:1', path: '/a?b' },
      'HTTPS://h': { host: 'h', path: '/' },
      'http://h?b': { host: 'h', path: '/?b' },
      'http://me@h/': undefined,
      'h:80': undefined,
      'ftp://h/': undefined,
      '': undefined,
    };
    for (const [url, target] of Object.entries(TABLE)) assert.deepEqual(targetOf(url), target, url);
  });

  it('trailers, without what means nothing there', () => {
    assert.deepEqual(trailersOf(['X-Sum', '1', 'Content-Length', '3', 'Transfer-Encoding', 'chunked', 'X-Forwarded-For', '6.6.6.6']), [['X-Sum', '1']]);
  });

  it('an address, as it is written', () => {
    assert.deepEqual(['::ffff:1.2.3.4', '1.2.3.4', '::1', '::ffff:abcd'].map(plainAddress), ['1.2.3.4', '1.2.3.4', '::1', '::ffff:abcd']);
  });
});
