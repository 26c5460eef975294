/** Evaluates a configuration file, in a process of its own, and tells what it exports as data. */
import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ConfigReport, Unfit } from '../protocol.ts';
import { explain, importFile } from './module.ts';

/** The file descriptor of the channel to the master (lib/child/evaluate.ts). */
const CHANNEL = 3;

/** More than any configuration, and little enough to be read at once. */
const MOST_VALUES = 20_000;
const DEEPEST = 100;
const LONGEST = 4096;
const LONGEST_STACK = 32_768;

function nameOf(value: object): string {
  const constructor: unknown = Reflect.get(value, 'constructor');
  return typeof constructor === 'function' && constructor.name !== '' ? `an instance of ${constructor.name.slice(0, 64)}` : 'an object with a prototype';
}

/** What keeps a value from being data; `undefined` when nothing does. */
function whatOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'bigint':
      return 'a bigint';
    case 'number':
      return Number.isFinite(value) ? undefined : String(value);
    case 'object': {
      if (value === null || Array.isArray(value)) return undefined;
      const prototype: unknown = Object.getPrototypeOf(value);
      return prototype === null || Object.getPrototypeOf(prototype) === null ? undefined : nameOf(value);
    }
    default:
      return undefined;
  }
}

/** The data in a value, without what is none; that is named. */
class Data {
  readonly unfit: Unfit[] = [];
  readonly #above = new Set<object>();
  #values = 0;

  of(value: unknown, path: Unfit['path'] = []): unknown {
    const what = this.#refusal(value, path);
    if (what !== undefined) {
      this.unfit.push({ path, what });
      return undefined;
    }
    if (typeof value !== 'object' || value === null) return value;
    this.#above.add(value);
    const copy = Array.isArray(value)
      ? value.map((item, index) => this.of(item, [...path, index]) ?? null)
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.of(inner, [...path, key])]));
    this.#above.delete(value);
    return copy;
  }

  #refusal(value: unknown, path: Unfit['path']): string | undefined {
    if (++this.#values > MOST_VALUES) throw new RangeError(`it exports more than ${MOST_VALUES} values`);
    if (path.length > DEEPEST) throw new RangeError(`it exports more than ${DEEPEST} levels`);
    if (typeof value === 'object' && value !== null && this.#above.has(value)) return 'a circle back to itself';
    return whatOf(value);
  }
}

async function exportedBy(file: string, context: unknown): Promise<unknown> {
  const { exported } = await importFile(file);
  // Whatever it gives back is looked at below.
  return typeof exported === 'function' ? (exported as (context: unknown) => unknown)(context) : exported;
}

async function reportOf(file: string, context: unknown): Promise<ConfigReport> {
  try {
    const data = new Data();
    const value = data.of(await exportedBy(file, context));
    return { kind: 'value', value: value ?? null, unfit: data.unfit.slice(0, 100) };
  } catch (error) {
    const { reason, place, frame, syntax } = await explain(file, error, dirname(file));
    const { name, code, stack } =
      error instanceof Error ? (error as Error & { readonly code?: unknown }) : { name: 'Error', code: undefined, stack: undefined };
    return {
      kind: 'failed',
      syntax,
      error: {
        name: name.slice(0, 256),
        message: reason.slice(0, LONGEST),
        ...(typeof code === 'string' && { code: code.slice(0, 256) }),
        ...(stack !== undefined && { stack: stack.slice(0, LONGEST_STACK) }),
        ...(frame !== undefined && { frame: frame.slice(0, LONGEST_STACK) }),
      },
      ...(place && { file: place.file, line: place.line, ...(place.column !== undefined && { column: place.column }) }),
    };
  }
}

/** Arguments: the file, and the context as JSON. */
export async function evaluate(): Promise<void> {
  const [file = '', context = '{}'] = process.argv.slice(2);
  process.argv = [process.argv[0] ?? '', file];
  // Without a master there is nobody to tell.
  process.stdin.once('close', () => process.kill(process.pid, 'SIGKILL')).resume();
  if ('unref' in process.stdin) process.stdin.unref();
  writeSync(CHANNEL, `${JSON.stringify(await reportOf(file, JSON.parse(context)))}\n`);
}
