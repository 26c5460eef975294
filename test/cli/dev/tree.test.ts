/** What is told of a directory of files, however they change. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Tree } from '../../../lib/cli/dev/tree.ts';
import type { Watch } from '../../../lib/cli/dev/watch-directory.ts';
import { withFiles } from '../../helpers/files.ts';
import type { Files } from '../../helpers/files.ts';
import { until } from '../../helpers/until.ts';

interface Watched extends Files {
  readonly tree: Tree;
  /** The bursts so far, each a sorted list of names. */
  readonly bursts: readonly string[][];
  readonly errors: readonly (string | undefined)[];
  /** The next burst. */
  readonly next: () => Promise<readonly string[]>;
}

async function watched(
  contents: Readonly<Record<string, string>>,
  use: (files: Watched) => Promise<void>,
  { watch, ignored = path => path.includes('ignored') }: { readonly watch?: Watch; readonly ignored?: (path: string) => boolean } = {},
): Promise<void> {
  await withFiles(contents, async files => {
    const bursts: string[][] = [];
    const errors: (string | undefined)[] = [];
    const tree = new Tree({
      root: files.path('root'),
      ignored,
      changed: names => bursts.push(names.map(name => relative(files.path('root'), name)).sort()),
      polling: ({ code }) => errors.push(code),
      ...(watch === undefined ? {} : { watch }),
    });
    let seen = 0;
    const next = async (): Promise<readonly string[]> => until(() => bursts[seen], { what: 'a burst' }).finally(() => seen++);
    try {
      await use({ ...files, tree, bursts, errors, next });
    } finally {
      tree.close();
    }
  });
}

describe('a watched tree', () => {
  it('tells a burst once, with every file of it', async () => {
    await watched({ 'root/a.js': '1', 'root/lib/b.js': '1', 'root/lib/c.js': '1' }, async ({ write, next, bursts, path }) => {
      for (let count = 0; count < 20; count++) write({ 'root/a.js': `a ${count}`, 'root/lib/b.js': `b ${count}` });
      rmSync(path('root/lib/c.js'));
      assert.deepEqual(await next(), ['a.js', 'lib/b.js', 'lib/c.js']);
      assert.equal(bursts.length, 1);
    });
  });

  it('tells of a file that is replaced by another one, as editors do it, and of nothing that they leave', async () => {
    await watched({ 'root/a.js': 'old' }, async ({ write, next, path }) => {
      write({ 'root/a.js.tmp': 'new' });
      renameSync(path('root/a.js.tmp'), path('root/a.js'));
      assert.deepEqual(await next(), ['a.js']);
      renameSync(path('root/a.js'), path('root/a.js~'));
      write({ 'root/a.js': 'next', 'root/4913': '' });
      rmSync(path('root/4913'));
      rmSync(path('root/a.js~'));
      assert.deepEqual(await next(), ['a.js']);
    });
  });

  it('waits for the content of a file that was emptied to be written', async () => {
    await watched({ 'root/a.js': 'content' }, async ({ tree, bursts, next, path }) => {
      truncateSync(path('root/a.js'));
      await until(() => tree.waitsForContent);
      writeFileSync(path('root/a.js'), 'other content');
      assert.deepEqual(await next(), ['a.js']);
      truncateSync(path('root/a.js'));
      assert.deepEqual(await next(), ['a.js'], 'one that stays empty is told of, too');
      assert.equal(bursts.length, 2);
    });
  });

  it('follows directories that are made, filled at once, removed, made again and moved', async () => {
    await watched({ 'root/a.js': '' }, async ({ write, next, path }) => {
      write({ 'root/x/y/z/deep.js': '1' });
      assert.deepEqual(await next(), ['x/y/z/deep.js']);
      write({ 'root/x/y/z/deep.js': '22' });
      assert.deepEqual(await next(), ['x/y/z/deep.js']);
      rmSync(path('root/x'), { recursive: true });
      write({ 'root/x/y/z/deep.js': '333' });
      assert.deepEqual(await next(), ['x/y/z/deep.js']);
      write({ 'root/x/y/z/deep.js': '4444' });
      assert.deepEqual(await next(), ['x/y/z/deep.js']);
      renameSync(path('root/x'), path('root/w'));
      assert.deepEqual(await next(), ['w/y/z/deep.js', 'x/y/z/deep.js']);
      write({ 'root/w/y/z/deep.js': '55555' });
      assert.deepEqual(await next(), ['w/y/z/deep.js']);
      rmSync(path('root/w'), { recursive: true });
      assert.deepEqual(await next(), ['w/y/z/deep.js']);
    });
  });

  it('leaves ignored files and directories alone, and does not even watch them', async () => {
    await watched({ 'root/a.js': '', 'root/ignored/deep/b.js': '' }, async ({ write, next, tree }) => {
      assert.equal(tree.size, 1);
      write({ 'root/ignored/deep/b.js': '2', 'root/ignored.js': '2' });
      write({ 'root/a.js': '2' });
      assert.deepEqual(await next(), ['a.js']);
    });
  });

  it('watches single files elsewhere, ignored ones too, when it is told to', async () => {
    await watched(
      { 'root/a.js': '', 'root/ignored/b.js': '', 'root/ignored/c.js': '', 'shared/d.js': '', 'shared/e.js': '' },
      async ({ tree, path, write, next }) => {
        tree.also([path('root/a.js'), path('root/ignored/b.js'), path('shared/d.js')]);
        write({ 'root/ignored/b.js': '2', 'root/ignored/c.js': '2', 'shared/d.js': '2', 'shared/e.js': '2' });
        assert.deepEqual(await next(), ['../shared/d.js', 'ignored/b.js']);
        tree.refresh(() => false);
        write({ 'shared/d.js': '33' });
        assert.deepEqual(await next(), ['../shared/d.js']);
      },
    );
  });

  it('tells of what has changed while other rules were read, and not of what they show for the first time', async () => {
    let hidden = /ignored/;
    const isIgnored = (file: string): boolean => hidden.test(file);
    await watched(
      { 'root/a.js': '', 'root/lib/b.js': '', 'root/ignored/c.js': '', 'root/now.md': '', 'root/gone.js': '', 'root/gone.md': '', 'root/away/f.js': '' },
      async ({ tree, path, write, next, bursts }) => {
        // None of it has been looked at when the rules change.
        write({ 'root/a.js': '2', 'root/lib/d.js': '', 'root/new/e.js': '', 'root/now.md': '2' });
        for (const name of ['root/gone.js', 'root/gone.md', 'root/away']) rmSync(path(name), { recursive: true });
        const before = hidden;
        hidden = /\.md$/;
        tree.refresh(file => before.test(file));
        assert.deepEqual(await next(), ['a.js', 'away/f.js', 'gone.js', 'lib/d.js', 'new/e.js']);
        write({ 'root/ignored/c.js': '2' });
        assert.deepEqual(await next(), ['ignored/c.js']);
        assert.equal(bursts.length, 2);
      },
      { ignored: isIgnored },
    );
  });

  it('looks by itself where the system has no watch left, and says why', async () => {
    const refuse: Watch = () => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    await watched(
      { 'root/a.js': '', 'root/lib/b.js': '' },
      async ({ errors, write, next }) => {
        assert.deepEqual(errors, ['ENOSPC']);
        write({ 'root/lib/b.js': '2', 'root/new/c.js': '2' });
        assert.deepEqual(await next(), ['lib/b.js', 'new/c.js']);
        write({ 'root/new/c.js': '33' });
        assert.deepEqual(await next(), ['new/c.js']);
      },
      { watch: refuse },
    );
  });

  it('does so, too, when a watch fails later, and when the directory itself goes and comes back', async () => {
    let fail = (_error: Error): void => {};
    const failing: Watch = () => ({ on: (_event, listener) => void (fail = listener), close: () => {} });
    await watched(
      { 'root/a.js': '' },
      async ({ errors, write, next }) => {
        fail(Object.assign(new Error('too many'), { code: 'EMFILE' }));
        assert.deepEqual(errors, ['EMFILE']);
        write({ 'root/a.js': '2' });
        assert.deepEqual(await next(), ['a.js']);
      },
      { watch: failing },
    );
    await watched({ 'root/a.js': '' }, async ({ errors, path, next, write }) => {
      rmSync(path('root'), { recursive: true });
      assert.deepEqual(await next(), ['a.js']);
      assert.deepEqual(errors, ['ENOENT']);
      mkdirSync(path('root'));
      write({ 'root/b.js': '' });
      assert.deepEqual(await next(), ['b.js']);
    });
  });
});
