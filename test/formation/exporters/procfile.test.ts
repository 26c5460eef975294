/** A Procfile means the same when its readers read it, and says so when it cannot. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ExportedProcess } from '../../../lib/formation/exporters/model.ts';
import { procfile } from '../../../lib/formation/exporters/procfile.ts';
import { anyCase, LINES, withBench } from './lines.ts';
import { shop, WEB } from './shop.ts';

/** The line forms of foreman and honcho, of overmind and hivemind, and of goreman. */
const READERS: readonly ((line: string) => readonly [name: string, command: string] | undefined)[] = [
  line => pair(/^([A-Za-z0-9_-]+):\s*(.+)$/.exec(line)),
  line => pair(/^([\w-]+):\s+(.+)$/.exec(line)),
  line => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()],
];
const pair = (found: RegExpExecArray | null): readonly [string, string] | undefined => (found === null ? undefined : [found[1] ?? '', found[2] ?? '']);

const web: ExportedProcess = { ...WEB, command: 'node .', env: { A: 'b' } };
const CANNOT = /[^\P{Cc}\t]|[\u2028\u2029]/u;

describe('a Procfile', () => {
  it('has every line that it can hold as all its readers run it', async () => {
    const possible = LINES.filter(({ line }) => !CANNOT.test(line));
    assert.ok(possible.length > 15);
    await withBench(possible, async bench => {
      const lines = procfile(bench.app).files[0]?.text.trimEnd().split('\n') ?? [];
      assert.equal(lines.length, bench.cases.length);
      await bench.assertStarts(({ env = {}, port }, index) => {
        const read = READERS.map(reader => reader(lines[index] ?? ''));
        const command = read[0]?.[1] ?? '';
        assert.deepEqual(
          read,
          READERS.map(() => [`c${index}`, command]),
        );
        const given = { ...bench.app.environment, ...env, OUT: bench.out(index), ...(port === undefined ? {} : { PORT: String(port) }) };
        return { argv: ['/bin/sh', '-c', command], env: given };
      });
    });
  });

  it('holds a line, or refuses it with its reason', () => {
    fc.assert(
      fc.property(anyCase, ({ line }) => {
        const write = (): string => procfile(shop({ ...web, command: line })).files[0]?.text ?? '';
        if (CANNOT.test(line))
          assert.throws(write, {
            code: 'BROOD_EXPORT_TEXT',
            message: 'the command of web cannot be said in a Procfile: it holds a line break or another control character',
          });
        else assert.equal(write(), `web: ${line.trim()}\n`);
      }),
    );
  });

  it('goes to a directory below that of the application', () => {
    assert.equal(
      procfile(shop({ ...web, cwd: "/srv/shop/it's", command: "echo '1' # one" })).files[0]?.text,
      `web: cd 'it'\\''s' && exec /bin/sh -c 'echo '\\''1'\\'' # one'\n`,
    );
  });

  it('tells what it cannot say', () => {
    const probe = { check: { kind: 'message' }, initialDelay: 0, period: 1, timeout: 1, successThreshold: 1, failureThreshold: 1 } as const;
    const { notes } = procfile({
      ...shop({ ...web, probes: { liveness: probe } }, { ...web, type: 'job', instances: 1, env: {}, after: ['web'], restart: 'never' }),
      user: 'shop',
    });
    assert.deepEqual(notes, [
      'a Procfile says no numbers: start it with -m web=2,job=1',
      'a Procfile says no variables: these belong into .env: NODE_ENV, A',
      'web: a Procfile says no port, who reads it gives PORT; here it is 5000',
      'job: a Procfile says no port, who reads it gives PORT; here it is 5000',
      'web: a Procfile says no times; it may take 35 s to stop',
      'job: a Procfile says no times; it may take 35 s to stop',
      'job: a Procfile says nothing of what follows an end; here it is started again "never"',
      'job: a Procfile says no order; here it starts after web',
      'web: a Procfile does not look at its liveness probe',
      'user shop: a Procfile says no user',
    ]);
  });
});
