/** What was decided by hand holds over the end of a master. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFiles } from '../helpers/files.ts';
import { brood } from './running.ts';

const PROCFILE = 'one: exec sleep 600\ntwo: exec sleep 600\n';

/** How many of each type are wanted, as `brood scale` prints it. */
const formation = async (directory: string): Promise<string> => (await brood(directory, ['scale'])).out.trim();

describe('what was decided by hand', () => {
  it('holds over a stop and a start, until it is taken back', async () => {
    await withFiles({ Procfile: PROCFILE }, async ({ directory }) => {
      const run = async (...words: string[]): Promise<string> => {
        const { code, err } = await brood(directory, words);
        assert.equal(code, 0, err);
        return err;
      };
      await run('start', '-d', '-p', '5000');
      await run('scale', 'one=3');
      await run('stop', 'two');
      await run('stop');
      assert.match(await run('start', '-d', '-p', '5000'), /Stopped by hand before, and so still: two\. {2}brood start two/);
      assert.equal(await formation(directory), 'one=3 two=0');
      await run('reload', '--canary-time', '1ms');
      assert.equal(await formation(directory), 'one=3 two=0', 'a reload changes nothing of it');
      await run('scale', '--reset');
      await run('start', 'two');
      assert.equal(await formation(directory), 'one=1 two=1');
      assert.equal(existsSync(join(directory, '.brood', 'state.json')), false, 'nothing is decided any more');
      await run('stop');
    });
  });

  it('is put aside, and said, when its file cannot be read', async () => {
    await withFiles(
      { Procfile: 'one: exec sleep 600\n', '.brood/state.json': '{ "version": 1, "quantities": { "one": -3 }, "stopped": {} }' },
      async ({ directory }) => {
        const file = join(directory, '.brood', 'state.json');
        assert.equal((await brood(directory, ['start', '-d', '-p', '5000'])).code, 0);
        assert.equal(await formation(directory), 'one=1');
        assert.match(readFileSync(`${file}.broken`, 'utf8'), /-3/);
        assert.match((await brood(directory, ['logs', 'system'])).out, /state\.json says nothing that can be used \("one" has no quantity\)/);
        assert.equal((await brood(directory, ['stop'])).code, 0);
      },
    );
  });

  it('does not keep everything from running: a start with nothing to start starts all', async () => {
    await withFiles({ Procfile: 'one: exec sleep 600\n' }, async ({ directory }) => {
      await brood(directory, ['start', '-d', '-p', '5000']);
      await brood(directory, ['stop', 'one']);
      await brood(directory, ['stop']);
      assert.equal((await brood(directory, ['start', '-d', '-p', '5000'])).code, 0);
      assert.equal(await formation(directory), 'one=1');
      await brood(directory, ['stop']);
    });
  });

  it('gives way to what the command line says', async () => {
    await withFiles({ Procfile: PROCFILE }, async ({ directory }) => {
      const state = join(directory, '.brood', 'state.json');
      await brood(directory, ['start', '-d', '-p', '5000', '-m', 'all=1']);
      await brood(directory, ['stop', 'two']);
      await brood(directory, ['stop']);
      writeFileSync(state, readFileSync(state, 'utf8').replace('"quantities": {}', '"quantities": { "one": 4, "gone": 2 }'));
      await brood(directory, ['start', '-d', '-p', '5000', '-m', 'two=2,one=1']);
      assert.equal(await formation(directory), 'one=1 two=2');
      await brood(directory, ['stop']);
    });
  });
});
