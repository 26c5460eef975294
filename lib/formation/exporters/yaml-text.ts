/** Data as YAML that readers of version 1.1 and of 1.2 understand alike: each text in double quotes, names in quotes where one of them would see more in them. */
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

/** Loaded late: commands that write no YAML share a bundle with the one that does. */
const load = createRequire(import.meta.url);

/** Line breaks of YAML 1.1, the byte order mark and the second set of control characters: the package writes them as they are, some readers fold them. */
const BARE = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

export function yamlText(document: unknown): string {
  // What the package exports is what its own types say.
  const { stringify } = load('yaml') as typeof Yaml;
  const text = stringify(document, { version: '1.1', lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', aliasDuplicateObjects: false });
  return text.replaceAll(BARE, character => String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
