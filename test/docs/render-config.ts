/** docs/configuration.md and config.schema.json as they follow from the table of the configuration file. */
import { CONFIG } from '../../lib/daemon/config-table.ts';
import type { Field, Fields } from '../../lib/formation/config/field.ts';
import { jsonSchema } from '../../lib/formation/config/json-schema.ts';
import { describer } from './interfaces.ts';
import { cell } from './render.ts';

export const renderSchema = (): string => `${JSON.stringify(jsonSchema(CONFIG, 'BroodConfig', describer()), null, 2)}\n`;

const describe = describer();

interface Section {
  readonly title: string;
  readonly about: string;
  readonly fields: Fields;
}

/** The objects inside of `fields`, each once, in the order in which they are met. */
function sectionsIn(fields: Fields, above: string, found: Map<string, Section>): void {
  const visit = (field: Field, name: string): void => {
    const { names, items, fields: inner, about } = field;
    if (names !== undefined) return visit(names.of, `${name}.<name>`);
    if (items !== undefined) return visit(items, `${name}[]`);
    if (inner === undefined || about === undefined || found.has(about)) return;
    found.set(about, { title: name, about, fields: inner });
    sectionsIn(inner, name, found);
  };
  for (const [key, field] of Object.entries(fields)) visit(field, above === '' ? key : `${above}.${key}`);
}

const row = (about: string, key: string, field: Field): string => {
  const text = describe(about, key) ?? '';
  const byDefault = /Default: /.test(text) || field.fallback === 'none' ? '' : ` Default: ${field.fallback}.`;
  return `| \`${key}\` | ${cell(field.expected)} | ${cell(text + byDefault).trim()} |`;
};

const table = (about: string, fields: Fields): string =>
  `${['| key | takes | what it does |', '|---|---|---|', ...Object.entries(fields).map(([key, field]) => row(about, key, field))].join('\n')}\n`;

/** `text`: the page by hand, up to the mark; behind it stands what follows from the table. */
export function renderConfiguration(text: string): string {
  const [byHand = ''] = text.split(MARK);
  const sections = new Map<string, Section>();
  sectionsIn(CONFIG, '', sections);
  const tables = [...sections.values()].map(({ title, about, fields }) => `### \`${title}\`\n\n${table(about, fields)}`);
  return [`${byHand}${MARK}\n\n## Every key\n\n### At the top\n\n${table('BroodConfig', CONFIG)}`, ...tables].join('\n');
}

const MARK = '<!-- From here on written by `npm run docs` from lib/formation/config/table.ts; a test compares the two. -->';
