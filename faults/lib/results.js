/** What the rows have measured, kept in faults/results.json, and docs/reliability.md, which is written from that. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { NAMES } from './peer.js';

const FILE = new URL('../results.json', import.meta.url);
const DOCUMENT = new URL('../../docs/reliability.md', import.meta.url);

const GROUPS = {
  W: 'Workers',
  A: 'The agent',
  M: 'The master',
  C: 'Control socket and messages',
  N: 'Network and reload',
  O: 'Commands',
  L: 'Logs',
  S: 'Schedules',
};

export function readResults() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : { rows: {}, peers: {} };
}

/** Adds what this run has measured to what earlier ones have. */
export function keepResults({ rows = {}, peers = {} }) {
  const before = readResults();
  const together = { rows: { ...before.rows, ...rows }, peers: { ...before.peers } };
  for (const [id, one] of Object.entries(peers)) together.peers[id] = { ...before.peers[id], ...one };
  writeFileSync(FILE, `${JSON.stringify(together, undefined, 2)}\n`);
  return together;
}

const cell = text => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const line = cells => `| ${cells.map(cell).join(' | ')} |`;
const flat = value =>
  Array.isArray(value)
    ? value.map(flat).join(', ') || 'none'
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([what, one]) => `${what} ${flat(one)}`)
          .join(', ')
      : String(value);
const measuredOf = ({ verdict, measured, skip }) =>
  verdict === 'skipped'
    ? `not measured: ${skip}`
    : `${verdict === 'ok' ? '' : '**missed**: '}${Object.entries(measured)
        .map(([what, value]) => `${what} ${flat(value)}`)
        .join('; ')}`;

const byNumber = (a, b) => Number(a.slice(1)) - Number(b.slice(1));

function tableOf(letter, rows) {
  const ids = Object.keys(rows)
    .filter(id => id.startsWith(letter))
    .sort(byNumber);
  if (ids.length === 0) return [];
  const body = ids.map(id => line([id, rows[id].title, rows[id].expected, measuredOf(rows[id])]));
  return ['', `## ${GROUPS[letter]}`, '', line(['', 'fault', 'promised', 'measured']), '|---|---|---|---|', ...body];
}

function peerTable(peers) {
  const order = id => 'WAMCN'.indexOf(id[0]) * 100 + Number(id.slice(1));
  const ids = Object.keys(peers).sort((a, b) => order(a) - order(b));
  return [
    line(['', 'fault', ...NAMES]),
    `|---|---|${NAMES.map(() => '---').join('|')}|`,
    ...ids.map(id => line([id, peers[id].title, ...NAMES.map(name => peers[id][name] ?? '–')])),
  ];
}

/** Writes docs/reliability.md anew: the text around the tables stays as it is. */
export function writeDocument({ rows, peers }) {
  const text = readFileSync(DOCUMENT, 'utf8');
  const put = (all, name, lines) => {
    const [begin, end] = [`<!-- ${name}: written by npm run faults -- --write -->`, `<!-- end of ${name} -->`];
    const [from, to] = [all.indexOf(begin), all.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/reliability.md has no place for ${name}`);
    return `${all.slice(0, from + begin.length)}\n\n${lines.join('\n').trim()}\n\n${all.slice(to)}`;
  };
  const own = Object.keys(GROUPS).flatMap(letter => tableOf(letter, rows));
  writeFileSync(DOCUMENT, put(put(text, 'peers', peerTable(peers)), 'rows', own));
}
