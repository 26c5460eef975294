/**
 * Makes one file of each entry, after tsc. Loading some seventy small modules costs a process 30 ms of the 65 that it
 * takes to start (Node.js 20), so master and children start from bundles: docs/decisions/0003.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const children = ['agent', 'worker', 'script', 'threads'].map(name => ({ in: `${dist}lib/app/entry/${name}.js`, out: name }));

/**
 * Dependencies stay packages of their own; what is loaded late stays late. CommonJS, because an ES module that imports
 * `node:fs` and its like makes Node.js load every lazy part of them: 10 ms on Node.js 20, 30 ms on 22 to 26.
 */
const bundles = {
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: Object.keys(dependencies),
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  // Names stay, for the stacks that people read; white space would be parsed by every process.
  minifyWhitespace: true,
  // Node.js prints the whole line that threw.
  lineLimit: 160,
  legalComments: 'none',
  logLevel: 'warning',
};
await build({ ...bundles, entryPoints: [...children, { in: `${dist}index.js`, out: 'index' }], outdir: `${dist}entries` });

// Schedules are bundles of their own: most applications have none, and never load them.
const schedules = ['agent', 'worker'].map(name => ({ in: `${dist}lib/app/schedule/${name}.js`, out: `schedule-${name}` }));
await build({ ...bundles, entryPoints: schedules, outdir: `${dist}entries` });
const schedulesApart = {
  name: 'schedules-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/(agent|worker)\.js$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace(/^\.\/(\w+)\.js$/, './entries/schedule-$1.cjs'), external: true } : undefined,
    ),
};
// The test kit is a bundle of its own; the cluster in it is the one of index, so that both are one.
const clusterOfIndex = {
  name: 'cluster-of-index',
  setup({ onResolve }) {
    onResolve({ filter: /\/cluster\/start\.js$/ }, () => ({ path: './index.cjs', external: true }));
  },
};
const testing = [{ in: `${dist}lib/testing/kit.js`, out: 'testing' }];
await build({ ...bundles, entryPoints: testing, outdir: `${dist}entries`, plugins: [clusterOfIndex] });

// Brood's own hooks stay beside index, as those of every framework; as CommonJS, for every process loads them.
const hooks = ['agent', 'app'].map(name => `${dist}${name}.js`);
await build({ ...bundles, entryPoints: hooks, outdir: dist, plugins: [schedulesApart], supported: { 'dynamic-import': false } });
for (const name of ['agent', 'app']) rmSync(`${dist}${name}.js`);

// Egg's tools find its processes by these paths, of egg-cluster up to 2 and of @eggjs/cluster from 3 on.
const eggEntries = ['agent_worker', 'app_worker'].map(name => ({ in: `${dist}lib/app/entry/${name}.js`, out: name }));
for (const place of ['egg-cluster/lib', '@eggjs/cluster/dist/commonjs']) {
  await build({ ...bundles, outExtension: { '.js': '.js' }, entryPoints: eggEntries, outdir: `${dist}entries/${place}` });
  writeFileSync(`${dist}entries/${place}/package.json`, '{ "type": "commonjs" }\n');
}

// Users import an ES module: this one hands on what the bundle exports.
const require = createRequire(import.meta.url);
const names = Object.keys(require(`${dist}entries/index.cjs`));
writeFileSync(
  `${dist}index.js`,
  `import { createRequire } from 'node:module';\nexport const { ${names.join(', ')} } = createRequire(import.meta.url)('./entries/index.cjs');\n`,
);
// What is told of the types to CommonJS: TypeScript takes the ending for the kind of module.
writeFileSync(`${dist}index.d.cts`, "export * from './index.js';\n");

// One file for import and require(), written so that the names are found by who imports it. Runners that load modules in
// a sandbox (jest) get what Node.js itself loads, so that an application runs in a test as it runs in production.
const front = Object.keys(require(`${dist}entries/testing.cjs`)).filter(name => name !== 'lendRequire');
const lines = [
  `'use strict';`,
  `const { createRequire } = require('node:vm').runInThisContext('process').getBuiltinModule('node:module');`,
  `const kit = createRequire(__filename)('./entries/testing.cjs');`,
  `kit.lendRequire(require);`,
  ...front.map(name => `exports.${name} = kit.${name};`),
];
writeFileSync(`${dist}testing.cjs`, `${lines.join('\n')}\n`);
writeFileSync(`${dist}testing.d.cts`, `export * from './lib/testing/index.js';\n`);
