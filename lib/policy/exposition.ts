/** Metrics as text, in Prometheus' exposition format 0.0.4. */

/** One value. `name`: that of its family, or `…_bucket`, `…_sum`, `…_count`. */
export interface Point {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What has one name: its values stand together. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly points: readonly Point[];
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const helpText = (text: string): string => text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
const labelText = (text: string): string => helpText(text).replaceAll('"', String.raw`\"`);

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function pointText({ name, labels, value }: Point): string {
  const entries = Object.entries(labels).map(([key, label]) => `${key}="${labelText(label)}"`);
  return `${name}${entries.length === 0 ? '' : `{${entries.join(',')}}`} ${valueText(value)}\n`;
}

const familyText = ({ name, help, type, points }: Family): string =>
  `# HELP ${name} ${helpText(help)}\n# TYPE ${name} ${type}\n${points.map(pointText).join('')}`;

/** Families without a value are left out. */
export const exposition = (families: readonly Family[]): string =>
  families
    .filter(({ points }) => points.length > 0)
    .map(familyText)
    .join('');
