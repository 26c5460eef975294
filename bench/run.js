/** Runs the rows that the command line names, or all, prints their figures and keeps them in RESULTS.md. */
import { keep } from './lib/report.js';
import { prepare, runRow } from './lib/row.js';
import { readSettings } from './lib/settings.js';

// Node.js reads that file, some 45 ms long, at each start, which says nothing about anybody who is measured.
delete process.env.NODE_EXTRA_CA_CERTS;

const NAMES = [
  'http-keep-alive',
  'http-short',
  'evenness',
  'boot',
  'recovery',
  'reload',
  'develop',
  'messenger',
  'latency',
  'mixed',
  'flood',
  'memory',
  'ps',
  'egg',
  'log-lines',
  'log-hub',
  'formation',
  'rpc',
  'operations',
  'upgrade',
  'balancer',
];

const settings = readSettings();
const unknown = settings.rows.filter(name => !NAMES.includes(name));
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  process.exit(2);
}

await prepare(settings);
let failed = 0;
for (const name of settings.rows.length > 0 ? settings.rows : NAMES) {
  const { row } = await import(`./${name}.js`);
  try {
    const markdown = await runRow(row, settings);
    console.log(`\n${markdown}\n`);
    // A quick look, or a part of the implementations, is no figure to keep.
    if (!settings.quick && !settings.only) keep(name, markdown, settings, NAMES);
  } catch (error) {
    failed++;
    console.error(`${name}: ${error.stack}`);
  }
}
process.exit(failed > 0 ? 1 : 0);
