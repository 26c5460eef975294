/** The table as a JSON schema, for editors (draft 7, which they all know). */
import type { Schema } from '../../policy/rules.ts';
import { DURATION, SIZE } from '../../policy/units.ts';
import type { Field, Fields } from './field.ts';

/** The sentence of a key of an interface. */
export type Describe = (about: string, key: string) => string | undefined;

const WITH_UNIT = {
  ms: { type: 'string', pattern: DURATION.source },
  bytes: { type: 'string', pattern: SIZE.source },
} as const satisfies Record<string, Schema>;

/** In place of "an object" what the object may hold, and of "a list of …" what is in it. */
function inside(schema: Schema, { object, items }: { readonly object: Schema | undefined; readonly items: Schema | undefined }): Schema {
  const { type, anyOf } = schema;
  if (type === 'object' && object !== undefined) return object;
  if (type === 'array' && items !== undefined) return { ...schema, items };
  // Proven by policy/rules.ts: a list of schemas.
  return Array.isArray(anyOf) ? { ...schema, anyOf: (anyOf as readonly Schema[]).map(one => inside(one, { object, items })) } : schema;
}

class Writer {
  readonly definitions: Record<string, Schema> = {};
  readonly #describe: Describe;

  constructor(describe: Describe) {
    this.#describe = describe;
  }

  properties(fields: Fields, about: string): Record<string, Schema> {
    return Object.fromEntries(
      Object.entries(fields).map(([key, field]) => {
        const description = this.#describe(about, key);
        const schema = this.schema(field);
        // Beside a reference nothing else counts (draft 7), so that it stands in a list of its own.
        const described = '$ref' in schema ? { allOf: [schema] } : schema;
        return [key, { ...(description === undefined || description === '' ? {} : { description }), ...described }];
      }),
    );
  }

  schema(field: Field): Schema {
    const { unit, schema, items } = field;
    const own = inside(schema, { object: this.#object(field), items: items === undefined ? undefined : this.schema(items) });
    if (unit === undefined) return own;
    // As above.
    const others = Array.isArray(own['anyOf']) ? (own['anyOf'] as readonly Schema[]) : [own];
    return { anyOf: [...others, WITH_UNIT[unit]] };
  }

  #object({ fields, names, about, needs, together }: Field): Schema | undefined {
    if (names !== undefined) {
      return { type: 'object', propertyNames: { pattern: names.like.source }, additionalProperties: this.schema(names.of) };
    }
    if (fields === undefined || about === undefined) return undefined;
    this.definitions[about] ??= {
      type: 'object',
      properties: this.properties(fields, about),
      additionalProperties: false,
      ...(needs === undefined || needs.length === 0 ? {} : { required: needs }),
      ...together,
    };
    return { $ref: `#/definitions/${about}` };
  }
}

/** The schema of a whole file; `about`: the interface that describes its top. */
export function jsonSchema(fields: Fields, about: string, describe: Describe): Schema {
  const writer = new Writer(describe);
  const properties = writer.properties(fields, about);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of Brood',
    type: 'object',
    properties,
    additionalProperties: false,
    definitions: writer.definitions,
  };
}
