/** What becomes of an exception that nobody caught: a worker leaves in good order, the agent lives on. */
import { BroodError } from '../errors.ts';
import type { ChildError } from '../model.ts';
import { frameAt, placeOfHeader, placeOfStack } from './frame.ts';
import type { Leave } from './leave.ts';
import { everythingTold, tell } from './parent.ts';
import type { Unit } from './unit.ts';

const MOST_TEXT = 65_536;
/** Whatever was thrown; an application may throw anything, and put anything into an error. */
const textOf = (value: unknown): string => {
  try {
    return String(value);
  } catch {
    return 'a value without a text';
  }
};
const cut = (value: unknown): string => textOf(value).slice(0, MOST_TEXT);

/** An error of another thread, in the form in which it came. */
export class ToldError extends Error {
  readonly told: ChildError;

  constructor(told: ChildError) {
    super(told.message);
    this.name = told.name;
    this.told = told;
  }
}

/**
 * An error in the form that travels to the master. A coded one that wraps the application's own shows that one's stack.
 * `frameOfPlain`: the source around the place of one that is not coded.
 */
export function childErrorOf(thrown: unknown, frameOfPlain?: string): ChildError {
  if (thrown instanceof ToldError) return thrown.told;
  const error = thrown instanceof Error ? thrown : new Error(textOf(thrown));
  const told = error instanceof BroodError && error.cause instanceof Error ? error.cause : error;
  const code: unknown = Reflect.get(error, 'code');
  const frame = error instanceof BroodError ? error.details['frame'] : frameOfPlain;
  return {
    name: cut(told.name).slice(0, 256),
    message: cut(error.message),
    ...(typeof code === 'string' ? { code: code.slice(0, 256) } : {}),
    ...(error instanceof BroodError ? { hint: error.hint.slice(0, 4096) } : {}),
    ...(told.stack === undefined ? {} : { stack: cut(told.stack) }),
    ...(typeof frame === 'string' ? { frame: cut(frame) } : {}),
  };
}

export interface FaultRules {
  readonly role: 'app' | 'agent';
  readonly unhandledRejection: 'leave' | 'log';
  readonly leave: Leave;
  /** `undefined` until the application exists. */
  unit(): Unit<object> | undefined;
  /** Whether the boot is over; before that every exception ends the process. */
  booted(): boolean;
  /** Codes of errors that are logged and forgotten. */
  ignored(): readonly string[];
  /** The source around the place of an error that ends the boot; default: what its stack says. */
  readonly frameOf?: (error: Error) => Promise<string | undefined>;
  log(message: string, error: unknown): void;
}

/** The source around the first place of the application in the stack. */
async function frameOfStack({ stack = '' }: Error): Promise<string | undefined> {
  const place = placeOfHeader(stack) ?? placeOfStack(stack);
  return place === undefined ? undefined : frameAt(place, process.cwd());
}

/** Tells the master why, and ends with 1. `frameOf` is asked for the source around the place of an error that is not coded. */
export async function failBoot(error: unknown, leave: Leave, frameOf: (error: Error) => Promise<string | undefined> = frameOfStack): Promise<never> {
  const frame = error instanceof Error && !(error instanceof BroodError) ? await frameOf(error) : undefined;
  await tell({ kind: 'failed', error: childErrorOf(error, frame) });
  await everythingTold();
  return leave.exit(1);
}

/** Boots; what fails is told to the master and ends the process, unless it is on its way out already. */
export async function bootOrFail(leave: Leave, boot: () => Promise<void>): Promise<void> {
  try {
    await boot();
  } catch (error) {
    if (leave.departure === undefined) await failBoot(error, leave);
  }
}

/** Installs the handlers of uncaught exceptions and unhandled rejections. */
export function handleFaults(rules: FaultRules): void {
  const { leave } = rules;
  const fault = (reason: string, error: Error): void => {
    if (!rules.booted()) return void failBoot(error, leave, rules.frameOf);
    rules.log(reason, error);
    const unit = rules.unit();
    try {
      if (unit !== undefined && unit.listenerCount('error') > 0) unit.emit('error', error);
    } catch (failure) {
      rules.log('a listener of `error` failed', failure);
    }
    const code: unknown = Reflect.get(error, 'code');
    if (rules.role === 'agent' || (typeof code === 'string' && rules.ignored().includes(code))) return;
    if (reason === 'unhandledRejection' && rules.unhandledRejection === 'log') return;
    // A second one says that this process cannot even leave in good order.
    if (leave.departure !== undefined && leave.departure.code !== 0) return leave.exit(1);
    void leave.go({ reason, code: 1, error: childErrorOf(error), by: 'itself' });
  };
  const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(`a value that is no error was thrown: ${textOf(thrown)}`));
  process.on('uncaughtException', error => fault('uncaughtException', asError(error)));
  process.on('unhandledRejection', reason => fault('unhandledRejection', asError(reason)));
}
