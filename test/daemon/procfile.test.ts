/** The Procfile of a directory: found, read, and refused with all that is wrong. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { checkProcfile, formationOf } from '../../lib/daemon/check-procfile.ts';
import { isProcfileName, readProcfile } from '../../lib/daemon/procfile.ts';
import { BroodError } from '../../lib/errors.ts';
import { withFiles } from '../helpers/files.ts';

async function refusal(reading: Promise<unknown>): Promise<BroodError> {
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BroodError, String(error));
  return error;
}

describe('the Procfile of a directory', () => {
  it('is read with its processes and what is to be said of them', async () => {
    await withFiles({ Procfile: 'web: a\nrelease: b\n' }, async ({ path }) => {
      const { entries, remarks, path: file, text } = await readProcfile(path('Procfile'));
      assert.deepEqual(
        [entries.map(({ name }) => name), remarks.map(({ rule }) => rule), file, text],
        [['web', 'release'], ['release'], path('Procfile'), 'web: a\nrelease: b\n'],
      );
    });
  });

  it('is refused with every mistake, its line and a caret, and exit code 5', async () => {
    await withFiles({ Procfile: 'web: a\nweb: b\n1: c\nstray\n' }, async ({ path }) => {
      const error = await refusal(readProcfile(path('Procfile')));
      assert.deepEqual([error.code, error.exitCode], ['BROOD_PROCFILE', 5]);
      assert.match(error.message, /Procfile cannot be run: 2 mistakes, 1 warning$/);
      assert.match(
        String(error.details['frame']),
        /Procfile:2:1: "web" stands in line 1 and in line 2\n> 2 \| web: b\n {4}\| \^\n {2}Rename one.*\n\n.*Procfile:3:1: /s,
      );
    });
  });

  it('that is not there is told with the nearest one that is', async () => {
    await withFiles({ 'Procfile.dev': 'web: a' }, async ({ path }) => {
      const error = await refusal(readProcfile(path('Procfile.dve')));
      assert.deepEqual([error.code, error.exitCode], ['BROOD_PROCFILE_MISSING', 2]);
      assert.match(error.hint, /Did you mean .*Procfile\.dev\?/);
    });
  });

  it('that is no text in UTF-8, no file, or far too large is not read', async () => {
    await withFiles({ Procfile: 'w: a\n'.repeat(300_000), 'sub/x': '' }, async ({ path }) => {
      writeFileSync(path('latin'), Buffer.from([0x77, 0x3a, 0xe9]));
      const begin = performance.now();
      for (const [name, reason] of [
        ['latin', /not UTF-8/],
        ['sub', /no file/],
        ['Procfile', /more than 1024 KiB/],
      ] as const) {
        const error = await refusal(readProcfile(path(name)));
        assert.deepEqual([error.code, error.exitCode], ['BROOD_PROCFILE_UNREADABLE', 5]);
        assert.match(error.message, reason);
      }
      assert.ok(performance.now() - begin < 1000);
    });
  });

  it('is the application only where there is no configuration file', async () => {
    await withFiles({ 'a/Procfile': 'web: a', 'b/Procfile': 'web: a', 'b/brood.config.yaml': '', 'c/x': '' }, ({ path }) => {
      assert.deepEqual(
        ['a', 'b', 'c'].map(name => formationOf(path(name))?.file),
        [path('a/Procfile'), undefined, undefined],
      );
    });
  });

  it('is known by its name', () => {
    assert.deepEqual(['a/Procfile', 'Procfile.dev', 'Procfile-x', 'Procfiles', 'MyProcfile', 'procfile.js'].map(isProcfileName), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the check of a Procfile', () => {
  const levels = async (text: string, question: Parameters<typeof checkProcfile>[1]): Promise<readonly string[]> =>
    withFiles({ Procfile: text }, async ({ path }) =>
      (await checkProcfile(path('Procfile'), question)).map(
        ({ profile, findings }) => `${profile}: ${findings.map(({ level, rule = '' }) => `${level} ${rule}`.trim()).join(', ')}`,
      ),
    );

  it('goes by one profile, or by all', async () => {
    assert.deepEqual(await levels('my_web: node a', {}), ['foreman: ok']);
    assert.deepEqual(await levels('my_web: node a', { profile: 'all' }), [
      'foreman: ok',
      'honcho: ok',
      'heroku: ok, warning profile-name',
      'blueking: error profile-name',
      'strict: error profile-name',
    ]);
    assert.deepEqual(await levels('web: a\nweb: a', { profile: 'honcho', lenient: true }), ['honcho: ok, warning overridden-name']);
  });

  it('warns of a program that this machine has not, unless it is about another one', async () => {
    assert.deepEqual(await levels('web: no-such-program-here --x', {}), ['foreman: ok, warning']);
    assert.deepEqual(await levels('web: no-such-program-here --x', { profile: 'foreman' }), ['foreman: ok']);
  });
});
