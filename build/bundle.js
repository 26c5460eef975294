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

// Brood's own hooks stay beside index, as those of every framework; as CommonJS, for every process loads them.
await build({ ...bundles, entryPoints: ['agent', 'app'].map(name => `${dist}${name}.js`), outdir: dist });
for (const name of ['agent', 'app']) rmSync(`${dist}${name}.js`);

// Egg's tools find its processes by these paths, of egg-cluster up to 2 and of @eggjs/cluster from 3 on.
const eggEntries = ['agent_worker', 'app_worker'].map(name => ({ in: `${dist}lib/app/entry/${name}.js`, out: name }));
for (const place of ['egg-cluster/lib', '@eggjs/cluster/dist/commonjs']) {
  await build({ ...bundles, outExtension: { '.js': '.js' }, entryPoints: eggEntries, outdir: `${dist}entries/${place}` });
  writeFileSync(`${dist}entries/${place}/package.json`, '{ "type": "commonjs" }\n');
}

// Users import an ES module: this one hands on what the bundle exports.
const names = Object.keys(createRequire(import.meta.url)(`${dist}entries/index.cjs`));
writeFileSync(
  `${dist}index.js`,
  `import { createRequire } from 'node:module';\nexport const { ${names.join(', ')} } = createRequire(import.meta.url)('./entries/index.cjs');\n`,
);
// What is told of the types to CommonJS: TypeScript takes the ending for the kind of module.
writeFileSync(`${dist}index.d.cts`, "export * from './index.js';\n");
