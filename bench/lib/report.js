/** Keeps the last figures of every row in bench/RESULTS.md, each with the machine, the versions and the command of its run. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import { benchDirectory } from './settings.js';

const HEAD = `# Results

The last run of each row, written by \`npm run bench\`, every process without the NODE_* variables of its surroundings. Ratios are the figures; absolute numbers belong to one machine on one day.
All implementations of a row run in turn in one run; medians of its rounds, the range in brackets where it says something.
`;

const marked = name => new RegExp(`<!-- row ${name} -->[\\s\\S]*?<!-- end ${name} -->\\n`);

/** What a reader needs to judge or repeat a run. */
function circumstances(settings) {
  const all = cpus();
  const peers = Object.entries(settings.versions).map(([name, version]) => `${name} ${version}`);
  return [
    new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC',
    `${all[0]?.model.trim()}, ${all.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `Node ${process.version}`,
    peers.join(', '),
    `load by ${settings.load}`,
    `${settings.rounds} rounds`,
    `\`${settings.command}\``,
  ].join(' · ');
}

/** Puts the section of one row in place of its last one, in the order of `names`. */
export function keep(name, markdown, settings, names) {
  const file = path.join(benchDirectory, 'RESULTS.md');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const sections = names.map(other => {
    if (other === name) return `<!-- row ${name} -->\n\n${markdown}\n\n_${circumstances(settings)}_\n\n<!-- end ${name} -->\n`;
    return marked(other).exec(text)?.[0] ?? '';
  });
  writeFileSync(file, [HEAD, ...sections.filter(section => section !== '')].join('\n'));
}
