/** The pid file: written whole, never through a link, and removed by its owner alone. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { writePidFile } from '../../lib/cluster/pid-file.ts';
import { withFiles } from '../helpers/files.ts';

const own = `${process.pid}\n`;

describe('the pid file', () => {
  it('takes the place of a stale one, and goes at the end', () =>
    withFiles({ 'run/app.pid': '4194304\n' }, ({ path }) => {
      const remove = writePidFile(path('run/app.pid'), false);
      assert.equal(readFileSync(path('run/app.pid'), 'utf8'), own);
      assert.deepEqual(readdirSync(path('run')), ['app.pid']);
      remove();
      assert.ok(!existsSync(path('run/app.pid')));
    }));

  it('stays when it is that of another master by then', () =>
    withFiles({}, ({ path }) => {
      const remove = writePidFile(path('new/run/app.pid'), true);
      writeFileSync(path('new/run/app.pid'), '1\n');
      remove();
      assert.equal(readFileSync(path('new/run/app.pid'), 'utf8'), '1\n');
    }));

  it('is refused where it is a link, a directory, or where everybody may write; what the link leads to is untouched', () =>
    withFiles({ victim: 'precious' }, ({ path }) => {
      const refused = (file: string, message: RegExp): void => assert.throws(() => writePidFile(path(file), false), { code: 'BROOD_PID_FILE', message });
      symlinkSync(path('victim'), path('link'));
      refused('link', /it is a symbolic link/);
      mkdirSync(path('directory'));
      refused('directory', /it is no regular file/);
      chmodSync(path('directory'), 0o777);
      refused('directory/app.pid', /everybody may write to its directory/);
      refused('missing/app.pid', /ENOENT/);
      assert.equal(readFileSync(path('victim'), 'utf8'), 'precious');
      chmodSync(path('directory'), 0o1777);
      writePidFile(path('directory/app.pid'), false)();
    }));
});
