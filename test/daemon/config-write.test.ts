/** Values written back into a configuration file: only their bytes change, in one step, whatever happens in between. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { readConfig } from '../../lib/daemon/config-file.ts';
import { writeBack } from '../../lib/daemon/config-write.ts';
import { withFiles } from '../helpers/files.ts';
import { mark } from '../helpers/left.ts';
import { built, fixture } from '../helpers/paths.ts';
import { exited, lineOf } from '../helpers/until.ts';

const CONTEXT = { env: 'prod', command: 'scale' };
const INSTANCES = ['processes', 'worker', 'instances'];
const YAML = '# shop\nprocesses:\n  worker:\n    command: node w.js\n    instances: 2 # two\n';

describe('a value written back', () => {
  const files: readonly (readonly [string, string])[] = [
    ['brood.config.yaml', YAML],
    ['brood.config.json', '{\n  "processes": { "worker": { "command": "a", "instances": 2 } }\n}\n'],
    [
      'brood.config.ts',
      "import type { BroodConfig } from 'brood';\n\nexport default {\n  processes: { worker: { command: 'a', instances: 2 } }, // two\n} satisfies BroodConfig;\n",
    ],
    [
      'brood.config.mjs',
      "import { name } from './name.mjs';\nexport default ({ env }) => ({ name, workers: env === 'prod' ? 4 : 1, processes: { worker: { command: 'a', instances: 2 } } });\n",
    ],
    ['package.json', '{ "name": "shop", "brood": { "processes": { "worker": { "command": "a", "instances": 2 } } }, "version": "1.0.0" }\n'],
  ];
  for (const [name, text] of files) {
    it(`changes nothing else in ${name}`, async () => {
      await withFiles({ [name]: text, 'name.mjs': "export const name = 'shop';\n" }, async ({ path }) => {
        await writeBack(path(name), [{ path: INSTANCES, value: 17 }], CONTEXT);
        assert.equal(
          readFileSync(path(name), 'utf8'),
          text.replace(/(instances"?: )2/, (_, key: string) => `${key}17`),
        );
        assert.equal((await readConfig(path(name), CONTEXT)).config.processes?.['worker']?.instances, 17);
      });
    });
  }

  it('may be several at once', async () => {
    await withFiles({ 'brood.config.yaml': YAML }, async ({ path }) => {
      const file = path('brood.config.yaml');
      await writeBack(
        file,
        [
          { path: INSTANCES, value: 3 },
          { path: ['workers'], value: 'auto' },
          { path: ['processes', 'mail', 'instances'], value: 1 },
        ],
        CONTEXT,
      );
      assert.equal(readFileSync(file, 'utf8'), `${YAML.replace('2 #', '3 #')}  mail:\n    instances: 1\nworkers: auto\n`);
    });
  });

  it('keeps the mode of the file, a link to it, and the ten versions before', async () => {
    await withFiles({ 'etc/shop.yaml': YAML, 'app/package.json': '{}' }, async ({ path }) => {
      const [target, link] = [path('etc/shop.yaml'), path('app/brood.config.yaml')];
      chmodSync(target, 0o640);
      symlinkSync(target, link);
      for (let value = 10; value < 22; value++) await writeBack(link, [{ path: INSTANCES, value }], CONTEXT);
      assert.ok(lstatSync(link).isSymbolicLink());
      assert.equal(statSync(target).mode & 0o777, 0o640);
      assert.match(readFileSync(target, 'utf8'), /instances: 21 # two/);
      const versions = readdirSync(path('app/.brood/history')).sort();
      assert.deepEqual(
        versions.map(name => /instances: (\d+)/.exec(readFileSync(path(`app/.brood/history/${name}`), 'utf8'))?.[1]),
        Array.from({ length: 10 }, (_, index) => String(index + 11)),
      );
      assert.equal(statSync(path('app/.brood/history')).mode & 0o777, 0o700);
      assert.deepEqual(readdirSync(path('etc')), ['shop.yaml']);
    });
  });

  it('that is there already writes nothing', async () => {
    await withFiles({ 'brood.config.yaml': YAML }, async ({ directory, path }) => {
      const { ino } = statSync(path('brood.config.yaml'));
      await writeBack(path('brood.config.yaml'), [{ path: INSTANCES, value: 2 }], CONTEXT);
      assert.equal(statSync(path('brood.config.yaml')).ino, ino);
      assert.deepEqual(readdirSync(directory), ['brood.config.yaml']);
    });
  });

  const refused: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'is computed',
      'brood.config.mjs',
      "import os from 'node:os';\nexport default { processes: { worker: { command: 'a', instances: os.cpus().length } } };\n",
      /config\.mjs:2:66: "processes\.worker\.instances" cannot be changed in the file: it is computed there \(os\.cpus\(\)\.length\)/,
    ],
    [
      'is set in another place',
      'brood.config.mjs',
      "const config = { processes: { worker: { command: 'a', instances: 1 } } };\nconfig.processes.worker.instances = 2;\nexport default config;\n",
      /another value depends on it, or it is set in another place/,
    ],
    [
      'has others that hang on it',
      'brood.config.yaml',
      'processes:\n  worker: { command: a, instances: &n 2 }\n  mail: { command: b, instances: *n }\n',
      /another value depends on it/,
    ],
    [
      'belongs to an object that has two names',
      'brood.config.yaml',
      'processes:\n  mail: &m { command: b, instances: 2 }\n  worker: *m\n',
      /another value depends on it/,
    ],
    ['is imported', 'brood.config.mjs', "export { default } from './shop.mjs';\n", /not written out in the file/],
  ];
  for (const [what, name, text, reason] of refused) {
    it(`is refused when it ${what}: the error says what to edit, and the file is as it was`, async () => {
      await withFiles(
        { [name]: text, 'shop.mjs': "export default { processes: { worker: { command: 'a', instances: 2 } } };\n" },
        async ({ directory, path }) => {
          const before = readdirSync(directory);
          await assert.rejects(writeBack(path(name), [{ path: INSTANCES, value: 7 }], CONTEXT), {
            code: 'BROOD_CONFIG_COMPUTED',
            message: reason,
            hint: /set processes\.worker\.instances to 7/,
          });
          assert.equal(readFileSync(path(name), 'utf8'), text);
          assert.deepEqual(readdirSync(directory), before);
        },
      );
    });
  }

  it('into a file that cannot be read as it is, is refused with the mistake', async () => {
    await withFiles({ 'brood.config.yaml': 'a: [1\n' }, async ({ path }) => {
      await assert.rejects(writeBack(path('brood.config.yaml'), [{ path: ['workers'], value: 1 }], CONTEXT), { code: 'BROOD_CONFIG_SYNTAX' });
    });
  });

  it('leaves the old file or the new one to whoever kills it, never half of one', async () => {
    const text = `${YAML}${'# filling\n'.repeat(300)}`;
    await withFiles({ 'brood.config.yaml': text }, async ({ directory, path, write }) => {
      const file = path('brood.config.yaml');
      for (let round = 0; round < 6; round++) {
        write({ 'brood.config.yaml': text });
        const env = { ...process.env, BROOD_BUILT: built, BROOD_TEST_RUN: mark };
        const program = spawn(process.execPath, [fixture('programs', 'writes-config-back.js'), file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
        await lineOf(program.stdout, /writing/);
        // It is in the middle of something, another thing each time.
        for (let spin = 0; spin < round * 20; spin++) readFileSync(file, 'utf8');
        program.kill('SIGKILL');
        await exited(program);
        const left = readFileSync(file, 'utf8');
        assert.equal(left.replace(/instances: \d+/, 'instances: 2'), text);
      }
      // What the killed ones left is swept by a later one.
      for (const name of readdirSync(directory).filter(one => one.startsWith('.brood-new-'))) utimesSync(path(name), 0, 0);
      await writeBack(file, [{ path: INSTANCES, value: 99_999 }], CONTEXT);
      assert.deepEqual(readdirSync(directory).sort(), ['.brood', 'brood.config.yaml']);
    });
  });
});
