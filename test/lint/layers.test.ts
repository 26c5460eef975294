/** The layer rule: each kind of violation is found, in a copy of the real rule with other sources. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../helpers/paths.ts';

interface Row {
  readonly layer: string;
  readonly files: readonly string[];
  readonly imports: readonly string[];
}

/** Findings of the rules `names` in a repository that consists of `files`, each as `file:line rule message`. */
function findings(files: Readonly<Record<string, string>>): readonly string[] {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'brood-layers-'));
  try {
    cpSync(path.join(root, 'lint'), path.join(directory, 'lint'), { recursive: true });
    cpSync(path.join(root, '.oxlintrc.json'), path.join(directory, '.oxlintrc.json'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), text);
    }
    const args = [path.join(root, 'node_modules/oxlint/bin/oxlint'), '--config', '.oxlintrc.json', '--format', 'unix', ...Object.keys(files)];
    const run = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
    const lines = run.stdout.split('\n').filter(line => /brood\(|no-cycle|consistent-type-imports/.test(line));
    assert.equal(run.status, lines.length > 0 ? 1 : 0, run.stdout + run.stderr);
    return lines;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Asserts that exactly one finding, at `where`, matches. */
function oneFinding(files: Readonly<Record<string, string>>, where: string, pattern: RegExp): void {
  const lines = findings(files);
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.ok(lines[0]?.startsWith(`${where}:`), lines[0]);
  assert.match(lines[0] ?? '', pattern);
}

const MODEL = { 'lib/model.ts': 'export interface Noun { readonly name: string }\nexport const LIMIT = 1;\n' };

describe('the layer rule', () => {
  it('lets imports go down', () => {
    const down = "import type { Noun } from '../model.ts';\nexport type Plan = readonly Noun[];\n";
    const up =
      "import { fork } from 'node:child_process';\nimport type { Plan } from '../policy/plan.ts';\nexport const run = (plan: Plan): unknown => [fork, plan];\n";
    assert.deepEqual(findings({ ...MODEL, 'lib/policy/plan.ts': down, 'lib/child/run.ts': up }), []);
  });

  it('finds an import that goes up, types counted', () => {
    const files = {
      'lib/child/child.ts': 'export type Child = string;\n',
      'lib/wire/mail.ts': "import type { Child } from '../child/child.ts';\nexport type Mail = Child;\n",
    };
    oneFinding(files, 'lib/wire/mail.ts:1', /layer 1b must not import layer 2 \(lib\/child\/child.ts\)/);
  });

  it('finds every way to import', () => {
    const child = { 'lib/child/child.ts': 'export const CHILD = 1;\n' };
    const ways = [
      "export { CHILD } from '../child/child.ts';\n",
      "export * from '../child/child.ts';\n",
      "export const load = (): unknown => import('../child/child.ts');\n",
      'export const load = (): unknown => import(`../child/child.ts`);\n',
      "declare const require: (path: string) => unknown;\nexport const load = (): unknown => require('../child/child.js');\n",
    ];
    for (const way of ways) assert.match(findings({ ...child, 'lib/wire/mail.ts': way }).join('\n'), /layer 1b must not import layer 2/, way);
    const inType = findings({ ...child, 'lib/wire/mail.ts': "export type Child = typeof import('../child/child.ts').CHILD;\n" });
    assert.match(inType.join('\n'), /layer 1b must not import layer 2/);
  });

  it('keeps the peers of one number apart', () => {
    const files = { 'lib/formation/a.ts': 'export const A = 1;\n', 'lib/cluster/b.ts': "import { A } from '../formation/a.ts';\nexport const B = A;\n" };
    oneFinding(files, 'lib/cluster/b.ts:1', /layer 4a must not import layer 4b/);
  });

  it('keeps the parent side and the inside of a child apart', () => {
    const app = { 'lib/app/run.ts': 'export const RUN = 1;\n', 'lib/app/entry/worker.ts': 'export const WORKER = 1;\n' };
    oneFinding(
      { ...app, 'lib/cluster/start.ts': "import { RUN } from '../app/run.ts';\nexport const START = RUN;\n" },
      'lib/cluster/start.ts:1',
      /layer 4a must not import layer app/,
    );
    const files = {
      'lib/cluster/start.ts': 'export const START = 1;\n',
      'lib/app/run.ts': "import { START } from '../cluster/start.ts';\nexport const RUN = START;\n",
    };
    oneFinding(files, 'lib/app/run.ts:1', /layer app must not import layer 4a/);
    oneFinding({ ...app, 'index.ts': "export { WORKER } from './lib/app/entry/worker.ts';\n" }, 'index.ts:1', /layer index must not import layer entry/);
  });

  it('keeps the policy pure', () => {
    oneFinding({ 'lib/policy/plan.ts': "import type { Server } from 'node:net';\nexport type Plan = Server;\n" }, 'lib/policy/plan.ts:1', /pure.*"node:net"/);
    oneFinding({ 'lib/policy/plan.ts': "import debug from 'debug';\nexport const say = debug('brood:plan');\n" }, 'lib/policy/plan.ts:1', /pure.*"debug"/);
  });

  it('lets only child/ start processes on the parent side', () => {
    for (const module of ['node:child_process', 'child_process', 'node:cluster']) {
      oneFinding(
        { 'lib/supervisor/loop.ts': `import * as it from '${module}';\nexport const loop = it;\n` },
        'lib/supervisor/loop.ts:1',
        /only lib\/child\/ starts processes/,
      );
    }
  });

  it('finds a call that ends the process, but not a word or a comment that looks like one', () => {
    const ways = [
      'process.exit(1);',
      "process['exit'](1);",
      'globalThis.process.abort();',
      'const { exit } = process;\nexit(1);',
      "import { exit } from 'node:process';\nexit(1);",
    ];
    for (const way of ways)
      oneFinding({ 'lib/cluster/start.ts': `${way}\nexport {};\n` }, 'lib/cluster/start.ts:1', /process\.(exit|abort) is called in .*lib\/app\/leave.ts/);
    assert.deepEqual(
      findings({ 'lib/cluster/start.ts': "// process.exit(1)\nexport const text = 'process.exit(1)';\nexport const code = process.exitCode;\n" }),
      [],
    );
    for (const file of ['lib/app/leave.ts', 'lib/daemon/daemon.ts', 'lib/cli/main.ts', 'test/a.ts'])
      assert.deepEqual(findings({ [file]: 'process.exit(1);\n' }), [], file);
  });

  it('finds a file that nobody has placed, an import of one, and an import by our own name', () => {
    oneFinding({ 'lib/util.ts': 'export const U = 1;\n' }, 'lib/util.ts:1', /in no layer/);
    oneFinding(
      { 'test/x.ts': 'export const X = 1;\n', 'lib/cli/main.ts': "import { X } from '../../test/x.ts';\nexport const M = X;\n" },
      'lib/cli/main.ts:1',
      /"test\/x.ts" is in no layer/,
    );
    oneFinding(
      { 'lib/cli/main.ts': "import { startCluster } from 'brood';\nexport const M = startCluster;\n" },
      'lib/cli/main.ts:1',
      /does not import itself by name/,
    );
  });

  it('finds a cycle of types', () => {
    const files = {
      'lib/policy/a.ts': "import type { B } from './b.ts';\nexport type A = { readonly b?: B };\n",
      'lib/policy/b.ts': "import type { A } from './a.ts';\nexport type B = { readonly a?: A };\n",
    };
    const lines = findings(files);
    assert.equal(lines.length, 2, lines.join('\n'));
    assert.match(lines.join('\n'), /cycle detected/);
  });

  it('is a list in which a number imports lower numbers only', () => {
    const rows = JSON.parse(readFileSync(path.join(root, 'lint/layers.json'), 'utf8')) as readonly Row[];
    const rank = new Map(rows.map((row, index) => [row.layer, index]));
    for (const row of rows) for (const name of row.imports) assert.ok(rank.has(name), `${row.layer} names ${name}`);
    for (const row of rows.filter(({ layer }) => /^\d/.test(layer))) {
      // Those of 1 stand on each other: rpc/ on wire/, wire/ on policy/. Nothing else of one number meets.
      const isUnder = (name: string): boolean => row.layer.startsWith('1') && name.startsWith('1') && name < row.layer;
      const fits = (name: string): boolean => Number.parseInt(name, 10) < Number.parseInt(row.layer, 10) || isUnder(name);
      assert.deepEqual(
        row.imports.filter(name => !fits(name)),
        [],
        row.layer,
      );
    }
  });
});
