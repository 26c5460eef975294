/**
 * Runs the rows of the fault catalogue: `node faults/run.js [row…] [--quick] [--write]`; exits with 1 when one is missed.
 * `--write` keeps what was measured and writes docs/reliability.md; `--peers` gives the same faults to the peers instead.
 */
import { readdirSync } from 'node:fs';
import { Context } from './lib/context.js';
import { keepResults, readResults, writeDocument } from './lib/results.js';
import { measurePeers } from './peers/run.js';

// Node.js reads that file, some 45 ms long, at each start; nobody outside is spoken to.
delete process.env.NODE_EXTRA_CA_CERTS;

/** No row may take longer, in milliseconds. */
const LONGEST = 120_000;

const names = process.argv
  .slice(2)
  .filter(argument => !argument.startsWith('-'))
  .map(name => name.toUpperCase());
const quickOnly = process.argv.includes('--quick');
const isWriting = process.argv.includes('--write');
const folder = new URL('rows/', import.meta.url);

if (process.argv.includes('--peers')) {
  const peers = await measurePeers({ ids: names });
  if (isWriting) writeDocument(keepResults({ peers }));
  process.exit(0);
}

const modules = await Promise.all(
  readdirSync(folder)
    .filter(name => name.endsWith('.js'))
    .map(name => import(new URL(name, folder).href)),
);
const order = id => 'WAMCNOLS'.indexOf(id[0]) * 100 + Number(id.slice(1));
const rows = modules.flatMap(module => module.rows).sort((a, b) => order(a.id) - order(b.id));
const chosen = rows.filter(row => (names.length > 0 ? names.includes(row.id) : !quickOnly || row.quick));

const unknown = names.filter(name => !rows.some(row => row.id === name));
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(', ')}; there are ${rows.map(row => row.id).join(' ')}`);
  process.exit(2);
}

/** What a row measured, and every check that failed. */
async function measure(row) {
  const context = new Context({ quick: quickOnly });
  let outcome;
  let timer;
  try {
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`no end after ${LONGEST} ms`)), LONGEST)));
    outcome = await Promise.race([row.run(context), late]);
  } catch (error) {
    outcome = { measured: {}, checks: { [`it ran: ${error.message}`]: false } };
  }
  clearTimeout(timer);
  const missed = Object.entries(outcome.checks ?? {})
    .filter(([, held]) => !held)
    .map(([what]) => what);
  missed.push(...(await context.finish(row)));
  return { ...outcome, missed };
}

const show = measured =>
  Object.entries(measured)
    .map(([what, value]) => `${what} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');

let failures = 0;
let skipped = 0;
for (const row of chosen) {
  const began = performance.now();
  const { measured, missed, skip } = await measure(row);
  const verdict = skip !== undefined && missed.length === 0 ? 'skipped' : missed.length === 0 ? 'ok' : 'MISSED';
  if (verdict === 'MISSED') failures++;
  if (verdict === 'skipped') skipped++;
  if (isWriting) keepResults({ rows: { [row.id]: { title: row.title, expected: row.expected, verdict, measured, ...(skip !== undefined && { skip }) } } });
  console.log(`${row.id.padEnd(4)}${verdict.padEnd(8)}${row.title}`);
  console.log(`    expected  ${row.expected}`);
  console.log(`    measured  ${skip ?? show(measured)} [${((performance.now() - began) / 1000).toFixed(1)} s]`);
  for (const what of missed) console.log(`    MISSED    ${what}`);
}
console.log(`${chosen.length - failures - skipped} ok, ${failures} missed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (isWriting) writeDocument(readResults());
// A row that was given up may have left a timer behind.
process.exit(failures > 0 ? 1 : 0);
