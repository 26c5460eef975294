/** What is left out: by git's rules, and what no application is made of. */
import assert from 'node:assert/strict';
import { Ignored } from '../../../lib/cli/dev/ignored.ts';
import { withFiles } from '../../helpers/files.ts';
import type { Files } from '../../helpers/files.ts';

const left = ({ path }: Files, names: readonly string[], base = ''): readonly string[] => {
  const ignored = new Ignored(path(base));
  return names.filter(name => ignored.has(path(name.replace(/\/$/, '')), name.endsWith('/')));
};

describe('files that are left out', () => {
  it('are those of .gitignore, of nested ones which win, and of .git/info/exclude', async () => {
    const rules = {
      '.git/info/exclude': 'mine.js',
      '.gitignore': '*.out\nbuild/\n/top.js\n!kept.out',
      'lib/.gitignore': '!wanted.out\nlocal.js',
    };
    await withFiles(rules, files => {
      const names = [
        'a.out',
        'kept.out',
        'build/',
        'top.js',
        'lib/top.js',
        'lib/b.out',
        'lib/wanted.out',
        'lib/local.js',
        'local.js',
        'mine.js',
        'lib/mine.js',
      ];
      assert.deepEqual(left(files, names), ['a.out', 'build/', 'top.js', 'lib/b.out', 'lib/local.js', 'mine.js', 'lib/mine.js']);
    });
  });

  it('follow the rules above the directory up to the root of the work tree, a linked one too', async () => {
    await withFiles(
      { 'tree/.git': 'gitdir: ../repo/worktrees/tree', 'repo/worktrees/tree/commondir': '../..', 'repo/info/exclude': 'x.js', 'tree/.gitignore': '/app/y.js' },
      files => {
        assert.deepEqual(left(files, ['tree/app/x.js', 'tree/app/y.js', 'tree/app/z.js'], 'tree/app'), ['tree/app/x.js', 'tree/app/y.js']);
      },
    );
  });

  it('are never the whole application: who starts an ignored directory means it', async () => {
    await withFiles({ '.git/HEAD': '', '.gitignore': 'out', 'out/app.js': '' }, files => {
      assert.deepEqual(left(files, ['out/app.js'], 'out'), []);
    });
  });

  it('are installed packages, build results of other tools, logs and what editors leave, without any rule', async () => {
    await withFiles({}, files => {
      const names = [
        'node_modules/',
        'lib/node_modules/',
        '.git/',
        'dist/',
        'logs/',
        'x.log',
        '.app.js.swp',
        'app.js~',
        '4913',
        '.#app.js',
        'app.js___jb_tmp___',
      ];
      assert.deepEqual(left(files, names), names);
      assert.deepEqual(left(files, ['app.js', 'lib/', 'lib/logs.js', 'distance.js', '.config.js', 'lib/run/']), []);
    });
  });

  it('are not what the application is configured by, even when git ignores it', async () => {
    await withFiles({ '.gitignore': '.env*\nconfig/\npackage.json' }, files => {
      assert.deepEqual(left(files, ['.env', '.env.local', 'config/', 'config/config.local.js', 'config/plugin.js', 'package.json', 'config/secret.txt']), [
        'config/secret.txt',
      ]);
    });
  });

  it('are others for who reads the rules anew when they have changed', async () => {
    await withFiles({ '.gitignore': 'a.js' }, ({ path, directory, write }) => {
      const has = (ignored: Ignored): readonly boolean[] => ['a.js', 'b.js'].map(name => ignored.has(path(name), false));
      const before = new Ignored(directory);
      assert.deepEqual(has(before), [true, false]);
      write({ '.gitignore': 'b.js' });
      assert.deepEqual(
        [has(before), has(new Ignored(directory))],
        [
          [true, false],
          [false, true],
        ],
      );
    });
  });
});
