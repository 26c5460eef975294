/** docs/errors.md and docs/options.md as they follow from the tables. */
import { NESTED, OPTIONS } from '../../lib/cluster/option-table.ts';
import { errorTable } from '../../lib/errors.ts';
import type { Rule } from '../../lib/policy/rules.ts';

export const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll(/\{(\w+)\}/g, '*$1*');

export function renderErrors(): string {
  const rows = Object.entries(errorTable).map(([code, { message, hint, exit }]) => `| \`${code}\` | ${exit} | ${cell(message)} | ${cell(hint)} |`);
  return [
    '# Errors',
    '',
    'Every error that Brood throws or reports is a `BroodError` with a `code`, a `message`, a `hint` what to do, the `exitCode` that',
    'the command line ends with, and `details`, the values that fill the words in italics. An error of the application itself is the `cause`.',
    '',
    '<!-- Written by `npm run docs` from lib/errors.ts; a test compares the two. -->',
    '',
    '| code | exit | message | hint |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** `name`, its sentence and its rule, as the interface and the table of option-table.ts have them. */
interface OptionRow {
  readonly name: string;
  readonly about: string;
  readonly rule: Rule | undefined;
}

/** The options in the order of the interface; the sentence is the one that editors show. */
function optionRows(source: string): readonly OptionRow[] {
  const start = source.indexOf('export interface ClusterOptions {');
  const body = source.slice(start, source.indexOf('\n}\n', start));
  const found = [...body.matchAll(/^( +)(?:\/\*\* (.*) \*\/\n +)?readonly (\w+)\?:/gm)];
  let parent = '';
  return found.map(([, indent = '', about = '', key = '']) => {
    if (indent.length === 2) parent = key;
    const name = indent.length === 2 ? key : `${parent}.${key}`;
    const rule: Rule | undefined = indent.length === 2 ? OPTIONS[key as keyof typeof OPTIONS] : NESTED[parent]?.[key];
    return { name, about, rule };
  });
}

export function renderOptions(source: string): string {
  const rows = optionRows(source).map(({ name, about, rule }) => `| \`${name}\` | ${cell(rule?.expected ?? '')} | ${cell(about)} |`);
  return [
    '# Options of startCluster()',
    '',
    '`startCluster(options)` resolves to a `Cluster` when every instance is ready. All times are in milliseconds. An unknown option, a',
    'wrong type or a value out of range is an error that names the option, the value and the remedy; nothing has been started then.',
    '',
    '<!-- Written by `npm run docs` from lib/cluster/option-table.ts; a test compares the two. -->',
    '',
    '| option | takes | what it does |',
    '|---|---|---|',
    ...rows,
    '',
    '`https` takes paths of PEM files (relative ones from `baseDir`) or the PEM text itself: `{ key, cert, ca, passphrase }`.',
    '',
    '## How the workers share the port: `listen`',
    '',
    '- **`held`** (default): the master owns the listening socket and accepts nothing, the workers accept from it by themselves. A killed',
    '  worker leaves no client hanging, connections wait in the kernel while no worker is there, the master costs nothing per connection.',
    '  Accept leases keep long connections even: a worker that has more than its share hands the socket back until the others have caught up.',
    '- **`round-robin`**: the master accepts and hands connections over, as node:cluster does by default; three to five times the CPU for',
    '  short connections. What was handed to a worker that died before it arrived goes to another one.',
    '- **`reuse-port`**: each worker has a socket of its own on the port and the kernel spreads the connections by their addresses. The',
    '  cheapest, and even; but connections that wait for a worker which hangs or ends are lost with it. Needs Node.js ≥ 22.12.',
    '',
    'With `sticky` the requests of one client reach one worker: [sticky.md](sticky.md).',
    '',
    '## Environment',
    '',
    '`WEB_CONCURRENCY` is the number of workers when the option is left out, at most one a core. `BROOD_ENV` (or `EGG_SERVER_ENV`) is the',
    'option `env`. `BROOD_LOG_LEVEL` and `BROOD_LOG` (`json`, `pretty`) set the loggers of agent and workers. `DEBUG=brood:*` shows traces.',
    'Agent and workers have `BROOD_INSTANCE`; a process that an application starts without it outlives its worker, all others end with it.',
    '',
  ].join('\n');
}
