/**
 * Makes one file of each entry, after tsc. Loading some seventy small modules costs a process 30 ms of the 65 that it
 * takes to start (Node.js 20), so master and children start from bundles: docs/decisions/0003.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const { dependencies, peerDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const children = ['agent', 'worker', 'script', 'threads', 'watchdog', 'config', 'job', 'job-thread'].map(name => ({
  in: `${dist}lib/app/entry/${name}.js`,
  out: name,
}));

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
  external: Object.keys({ ...dependencies, ...peerDependencies }),
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
// What has been compiled of these is kept between starts (lib/code-cache.ts): they load nothing of the application, and for import()
// Node.js 20 does not find its way back from kept code.
const keptBundles = { ...bundles, supported: { 'dynamic-import': false } };
const kept = (entries, name) => `'use strict';\nrequire('${entries}/code-cache.cjs').load(require.resolve('${entries}/${name}.cjs'))`;
await build({ ...bundles, entryPoints: [{ in: `${dist}lib/code-cache.js`, out: 'code-cache' }], outdir: `${dist}entries` });
await build({ ...keptBundles, entryPoints: [{ in: `${dist}lib/app/entry/router.js`, out: 'router-code' }], outdir: `${dist}entries` });
writeFileSync(`${dist}entries/router.cjs`, `${kept('.', 'router-code')};\n`);

// Every worker that serves RPC loads it: without the cluster it is a tenth.
await build({ ...bundles, entryPoints: [{ in: `${dist}lib/rpc/public.js`, out: 'rpc' }], outdir: `${dist}entries` });

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

// The command line is four bundles: half of what it takes to answer `brood ps` is loading, so that one is without the parts that
// start something; and a master is without what only the other commands need. The flags of those that start something are apart,
// for they are read before it is known what is to be loaded.
const LIGHT = new Set(['help', 'ps', 'inspect', 'complete', 'completion', 'wait', 'change', 'stop', 'upgrade', 'env']);
const BUNDLE_OF = { start: 'cli-start', run: 'cli-start', flags: 'cli-flags', 'formation-flags': 'cli-flags' };
const bundleOf = name => BUNDLE_OF[name] ?? 'cli-more';
const commandFiles = readdirSync(`${dist}lib/cli`).filter(name => /^commands.*\.js$/.test(name));
const loaded = commandFiles.flatMap(name =>
  [...readFileSync(`${dist}lib/cli/${name}`, 'utf8').matchAll(/import\('\.\/([\w-]+)\.js'\)/g)].map(([, file]) => file),
);
const heavy = [...new Set(loaded)].filter(name => !LIGHT.has(name));
const heavyApart = {
  name: 'heavy-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ kind, path }) => {
      const name = path.slice(2, -3);
      if (kind !== 'dynamic-import' || !heavy.includes(name)) return undefined;
      return { path: `./${bundleOf(name)}.cjs`, external: true };
    }),
};
// By require(): for import() Node.js would read the whole of it once more, for the names that it exports.
await build({ ...keptBundles, entryPoints: [{ in: `${dist}lib/cli/main.js`, out: 'cli' }], outdir: `${dist}entries`, plugins: [heavyApart] });
const together = names => names.map(name => `export * from './${name}.js';`).join('\n');
for (const bundle of ['cli-flags', 'cli-start', 'cli-more']) {
  const contents = together(heavy.filter(name => bundleOf(name) === bundle));
  await build({ ...keptBundles, stdin: { contents, resolveDir: `${dist}lib/cli` }, outfile: `${dist}entries/${bundle}.cjs` });
}
writeFileSync(`${dist}bin/brood.cjs`, `#!/usr/bin/env node\n${kept('../entries', 'cli')}.main(process.argv.slice(2));\n`, { mode: 0o755 });

// Users import an ES module: this one hands on what the bundle exports.
const require = createRequire(import.meta.url);
const names = Object.keys(require(`${dist}entries/index.cjs`));
writeFileSync(
  `${dist}index.js`,
  `import { createRequire } from 'node:module';\nexport const { ${names.join(', ')} } = createRequire(import.meta.url)('./entries/index.cjs');\n`,
);
// What is told of the types to CommonJS: TypeScript takes the ending for the kind of module.
writeFileSync(`${dist}index.d.cts`, "export * from './index.js';\n");
writeFileSync(`${dist}rpc.d.cts`, "export * from './lib/rpc/public.js';\n");

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
