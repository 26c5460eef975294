/** How an error travels: as a map `{ name, message, code }`, which every language can read. */
import { BroodError } from '../errors.ts';
import { failureOf, remoteError } from '../wire/requests.ts';

const MOST_TEXT = 65_536;

const textOf = (value: unknown): string => {
  try {
    return String(value).slice(0, MOST_TEXT);
  } catch {
    return 'a value without a text';
  }
};

/** What a method threw, as it is sent; whatever it was, this does not throw. */
export function failureFor(thrown: unknown, stacks: boolean): Readonly<Record<string, string>> {
  try {
    const { name, message, code, stack } = failureOf(thrown);
    return {
      name: textOf(name),
      message: textOf(message),
      ...(code === undefined ? {} : { code: textOf(code) }),
      ...(stacks && stack !== undefined ? { stack: textOf(stack) } : {}),
    };
  } catch {
    return { name: 'Error', message: 'an error that cannot be told' };
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const textAt = (value: Readonly<Record<string, unknown>>, key: string): string | undefined => (typeof value[key] === 'string' ? value[key] : undefined);

/** A text for an error of a server that has another form for them: a text, an array that ends with one, whatever. */
function plainText(error: unknown): string {
  if (typeof error === 'string') return error;
  if (Array.isArray(error) && typeof error.at(-1) === 'string') return String(error.at(-1));
  try {
    return JSON.stringify(error);
  } catch {
    return textOf(error);
  }
}

/** The error that a server has answered. */
export function errorOf(answered: unknown): Error {
  if (!isObject(answered) || Array.isArray(answered)) return new Error(plainText(answered));
  const [code, stack] = [textAt(answered, 'code'), textAt(answered, 'stack')];
  return remoteError({
    name: textAt(answered, 'name') ?? 'Error',
    message: textAt(answered, 'message') ?? plainText(answered),
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
  });
}

/** Whether a server has refused a request that it has not begun, because it is about to end. */
export const isRefusal = (answered: unknown): boolean => isObject(answered) && answered['code'] === 'BROOD_RPC_LEAVING';

export const unsendable = (what: string, method: string, error: unknown): BroodError =>
  new BroodError('BROOD_RPC_UNSENDABLE', { what, method, reason: error instanceof Error ? error.message : textOf(error) }, { cause: error });
