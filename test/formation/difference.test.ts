/** What has changed between two configurations. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { changedKeys, difference } from '../../lib/formation/config/difference.ts';
import { isSecret, shown, shownLine, shownSource, shownVariable } from '../../lib/policy/secret-names.ts';
import { bytes, milliseconds } from '../../lib/policy/units.ts';

describe('the difference of two configurations', () => {
  it('is told by key: added, removed, changed', () => {
    const before = { workers: 2, ports: [1], processes: { a: { command: 'x', instances: 1 }, gone: { command: 'y' } } };
    const after = { workers: 4, ports: [1], processes: { a: { command: 'x', instances: 1, nice: 3 } }, restart: {} };
    assert.deepEqual(difference(before, after), [
      { key: 'workers', change: 'changed', before: 2, after: 4 },
      { key: 'processes.a.nice', change: 'added', after: 3 },
      { key: 'restart', change: 'added', after: {} },
      { key: 'processes.gone.command', change: 'removed', before: 'y' },
    ]);
  });

  it('masks what a command says of secrets, and nothing else of it', () => {
    for (const [line, masked] of [
      ['API_TOKEN=abc node x --queue=a', 'API_TOKEN=******** node x --queue=a'],
      [`x --password='a b' --monkey=1`, 'x --password=******** --monkey=1'],
      ['x redis://me:pw@db/1 http://h/', 'x redis://********@db/1 http://h/'],
      ['x --port="$PORT" a=b', 'x --port="$PORT" a=b'],
      ['FOO=bar;TOKEN=hunter2 x', 'FOO=bar;TOKEN=******** x'],
      ['_SECRET=hunter2 API_TOKEN=abc"def"ghi x', '_SECRET=******** API_TOKEN=******** x'],
      [String.raw`PGPASSWORD="a\"bc" x 'y'`, "PGPASSWORD=******** x 'y'"],
      ['env "API_KEY=abc def" x', 'env "API_KEY=********" x'],
      ['TOKEN="left open', 'TOKEN=********'],
      ['x --token hunter2 --monkey 1 -p 2', 'x --token ******** --monkey 1 -p 2'],
      ['x redis://:p@ss@h postgres://u:p/w@h http://h:80/@a http://h/a@b', 'x redis://********@h postgres://********@h http://h:80/@a http://h/a@b'],
    ] as const) {
      assert.equal(shownLine(line), masked);
      assert.deepEqual(difference({}, { processes: { a: { command: line } } }), [{ key: 'processes.a.command', change: 'added', after: masked }]);
    }
  });

  it('masks what a line of a configuration file says of secrets', () => {
    for (const [line, masked] of [
      ['    API_KEY: abc def', '    API_KEY: ********'],
      ['{ "apiToken":"a\\"b", "port": 1 }', '{ "apiToken":********, "port": 1 }'],
      ["env: { SECRET: 'a, b', X: 1 },", 'env: { SECRET: ********, X: 1 },'],
      ['  command: TOKEN=abc node x', '  command: TOKEN=******** node x'],
      ['- { key: DB, value: abc }', '- { key: DB, value: ********}'],
      ['  tokens: [', '  tokens: ['],
      ['  tokens: [a, b], x: [c]', '  tokens: ********, x: [c]'],
      ['url: redis://me:pw@db/1', 'url: redis://********@db/1'],
    ] as const)
      assert.equal(shownSource(line), masked);
  });

  it('masks the words of a list, and the value of a header, as well', () => {
    const [args, header] = difference(
      {},
      {
        args: ['--token=a', '--password', 'b', 'c'],
        headers: [
          { name: 'Authorization', value: 'd' },
          { name: 'X', value: 'e' },
        ],
      },
    );
    assert.deepEqual(args?.after, ['--token=********', '--password', '********', 'c']);
    assert.deepEqual(header?.after, [
      { name: 'Authorization', value: '********' },
      { name: 'X', value: 'e' },
    ]);
  });

  it('looks at each character of a long line a few times only', () => {
    // A million characters: with their square it would take hours.
    for (const piece of ['a.', 'a-', 'a=', 'a:', 'x://', '"a=', "'a='", '--a ', 'a="\\"', '@', 'x://a:@']) {
      const line = piece.repeat(Math.ceil(1e6 / piece.length));
      assert.ok(shownLine(line).length > 0);
      assert.ok(shownSource(line).length > 0);
    }
  });

  it('names environment variables and nothing of what they say', () => {
    const found = difference(
      { env: { A: '1', B: '2' }, processes: { w: { env: { C: 'x' } } } },
      { env: { A: '2' }, processes: { w: { env: { C: 'y', D: 'z' } } } },
    );
    assert.deepEqual(found, [
      { key: 'env.A', change: 'changed' },
      { key: 'processes.w.env.C', change: 'changed' },
      { key: 'processes.w.env.D', change: 'added' },
      { key: 'env.B', change: 'removed' },
    ]);
  });

  it('masks what is a secret by its name, at any depth, and the password in an address', () => {
    const config = (word: string): Record<string, unknown> => ({
      https: { passphrase: word },
      config: { keys: word, redis: [{ password: word }], db: `postgres://shop:${word}@db/shop` },
    });
    const text = JSON.stringify(difference({}, config('hunter1')));
    assert.doesNotMatch(text, /hunter/);
    assert.match(text, /https\.passphrase/);
    assert.match(text, /postgres:\/\/\*+@db\/shop/);
    const changed = difference(config('hunter1'), config('hunter2'));
    assert.deepEqual(
      changed,
      changed.map(({ key }) => ({ key, change: 'changed' })),
      'a mask beside a mask says nothing',
    );
    assert.deepEqual(changed, changedKeys(config('hunter1'), config('hunter2')));
  });

  it('masks the secrets that a shell line sets or hands over, and nothing else of it', () => {
    const [change] = difference({}, { processes: { web: { command: `cd a && API_KEY=hunter2 DB_PASSWORD="a b" WORD=x node server.js --key=1 --size=2` } } });
    assert.equal(change?.after, 'cd a && API_KEY=******** DB_PASSWORD=******** WORD=x node server.js --key=******** --size=2');
  });

  it('is nothing between a configuration and itself', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), one => assert.deepEqual(difference(one, structuredClone(one)), [])));
  });
});

describe('the name of a secret', () => {
  for (const name of [
    'PASSWORD',
    'dbPassword',
    'api_key',
    'API-KEY',
    'JWT_SECRET',
    'githubToken',
    'keys',
    'SENTRY_DSN',
    'AUTH',
    'cookieSalt',
    'privateKeyPath',
  ]) {
    it(`${name} is one`, () => assert.ok(isSecret(name)));
  }
  for (const name of ['workers', 'keyboard', 'PORT', 'author', 'passenger', 'NODE_ENV', 'monkey', 'hostname', 'compass', 'tokenizer']) {
    it(`${name} is none`, () => assert.ok(!isSecret(name)));
  }

  it('is hidden to the end of the line in a file of variables, and so is what is no variable', () => {
    for (const [line, masked] of [
      ['DB_PASSWORD=hun ter2 tail', 'DB_PASSWORD=********'],
      ['  export API_KEY = "a b"', '  export API_KEY =********'],
      ['API_KEY hunter2 word', '********'],
      ['  MIIEvQIBADANBgkq', '  ********'],
      ['URL=redis://me:pw@db/1', 'URL=redis://********@db/1'],
      ['PORT=3000', 'PORT=3000'],
      ['# a word', '# a word'],
      ['', ''],
    ] as const)
      assert.equal(shownVariable(line), masked);
  });

  it('hides its value, and of an address who comes', () => {
    assert.equal(shown('TOKEN', 'abc'), '********');
    assert.equal(shown('URL', 'redis://:pw@host:1/2'), 'redis://********@host:1/2');
    assert.equal(shown('URL', 'http://host/a@b'), 'http://host/a@b');
  });
});

describe('units', () => {
  it('of time', () => {
    assert.deepEqual(['500ms', '1.5s', '2m', '1h', '7d', '30 s', '30', '1w', '-1s', 's'].map(milliseconds), [
      500,
      1500,
      120_000,
      3_600_000,
      604_800_000,
      30_000,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
  it('of size', () => {
    assert.deepEqual(['1b', '64kb', '1.5MB', '2GiB', '512m', '1k', '1 gb', '5', '1tb', ''].map(bytes), [
      1,
      65_536,
      1_572_864,
      2 ** 31,
      2 ** 29,
      1024,
      2 ** 30,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
