/** What a row of figures is, how its targets are judged, and how its script runs alone. */
import { pathToFileURL } from 'node:url';
import { installLoad, installPeers } from './install.js';
import { readSettings } from './settings.js';
import { figure, table } from './stats.js';

/** One target: `value` is to be at most `most` (or at least `least`); without a value it was not measured. */
export function target(what, value, { most, least, unit = '' }) {
  const measured = value !== undefined && Number.isFinite(value);
  const bound = most === undefined ? `≥ ${least}${unit}` : `≤ ${most}${unit}`;
  // A hair of floating point is not a miss.
  const reached = most === undefined ? value >= least - 1e-9 : value <= most + 1e-9;
  return { what, figure: measured ? `${figure(value)}${unit}` : 'not measured', bound, reached: measured ? (reached ? 'yes' : '**no**') : '–' };
}

/** `a / b`, NaN when one is missing. */
export const ratio = (a, b) => (a === undefined || b === undefined || b === 0 ? NaN : a / b);

/** A row as Markdown: what was measured, then what it was to reach. */
export function render(row, { tables, targets }, settings) {
  const judged = table(
    ['to reach', 'figure', 'target', 'reached'],
    targets.map(each => [each.what, each.figure, each.bound, each.reached]),
  );
  const problems = settings.problems.map(problem => `Not measured: ${problem.split('\n')[0]}`);
  return [`## ${row.name}`, row.about, ...tables, judged, ...problems].join('\n\n');
}

/** Prepares the machine for a run: installs what is missing. */
export async function prepare(settings) {
  settings.versions = await installPeers(settings.cache);
  settings.load = await installLoad();
  return settings;
}

/** Runs one row; Markdown. */
export async function runRow(row, settings) {
  settings.problems = [];
  console.error(`${row.name} …`);
  return render(row, await row.measure(settings), settings);
}

/** Runs `row` when its script is the program, and prints it; RESULTS.md is run.js's business. */
export async function runAlone(row, meta) {
  if (meta.url !== pathToFileURL(process.argv[1]).href) return;
  console.log(await runRow(row, await prepare(readSettings())));
  process.exit(0);
}
