/** Medians, quantiles and tables of text. */

/** The value at `q` (0 to 1) of `values`; NaN when there are none. */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `samples` of one implementation (an array of equal objects of numbers) as one object of medians. */
export function medians(samples) {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map(name => [name, median(samples.map(sample => sample[name]))]));
}

/** A number with three significant digits, thousands separated; `–` when there is none. */
export function figure(value, digits = 3) {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(digits)));
}

/** The median with the range: `170 [92..226]`. */
export function spread(values) {
  return values.length === 0 ? '–' : `${figure(median(values))} [${figure(Math.min(...values))}..${figure(Math.max(...values))}]`;
}

/** Markdown of `rows` (arrays of cells) under `head`; readable as text, too. */
export function table(head, rows) {
  const cells = [head, ...rows].map(row => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...cells.map(row => row[column]?.length ?? 0)));
  const line = row => `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(cells[0]), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...cells.slice(1).map(line)].join('\n');
}
