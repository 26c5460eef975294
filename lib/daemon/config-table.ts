/** The whole table of a configuration file: the options of startCluster() that it may have, and the rest. */
import { NESTED, OPTIONS } from '../cluster/option-table.ts';
import type { ClusterOptions } from '../cluster/option-table.ts';
import { topAgrees } from '../formation/config/agree.ts';
import { object } from '../formation/config/field.ts';
import type { Field, Fields } from '../formation/config/field.ts';
import { DEFAULTS } from '../formation/config/defaults.ts';
import { TOP } from '../formation/config/table.ts';
import { NOT_IN_FILE } from './config-types.ts';

const LEFT_OUT: ReadonlySet<string> = new Set(NOT_IN_FILE);

/** Keys that an object needs, when it is given at all. */
const NEEDS: Readonly<Record<string, readonly string[]>> = { https: ['key', 'cert'], sticky: ['by'] };

const AS_TEXT = { ms: ", or a text such as '30s'", bytes: ", or a text such as '64mb'" };

function fieldOf(name: string): Field {
  const option = OPTIONS[name as keyof ClusterOptions];
  const rule = option.unit === undefined ? option : { ...option, expected: option.expected + AS_TEXT[option.unit] };
  const inner = NESTED[name];
  return inner === undefined ? rule : { ...object(name, inner, NEEDS[name]), ...rule };
}

/** Every key at the top of the file, in the order of the documentation. */
export const CONFIG: Fields = {
  ...Object.fromEntries(
    Object.keys(OPTIONS)
      .filter(name => !LEFT_OUT.has(name))
      .map(name => [name, fieldOf(name)]),
  ),
  ...TOP,
};

export const configAgrees = topAgrees(DEFAULTS.type);
