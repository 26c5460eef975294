/** Egg's messages between processes: what `process.send({ action, data, to, receiverPid, receiverWorkerId })` means. */

/** Who sent it, in Egg's words. */
export type EggSender = 'master' | 'agent' | 'app' | 'parent';

export interface EggEnvelope {
  readonly action: string;
  readonly data: unknown;
  readonly from: EggSender;
  /** `app`, `agent`, `master`, `parent`, or a pid in digits. */
  readonly to: string;
  /** As it came, for the receiver. */
  readonly message: object;
}

/** Where it goes when it does not say so. */
const DEFAULT_TARGET: Readonly<Record<EggSender, string>> = { agent: 'app', app: 'agent', parent: 'master', master: 'app' };

const textOf = (value: unknown): string | undefined => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);

/** A message in the form of Egg, with where it goes; `undefined` for what has no action. A bare string is action and data at once. */
export function readEnvelope(message: unknown, from: EggSender): EggEnvelope | undefined {
  if (typeof message === 'string') return { action: message, data: message, from, to: DEFAULT_TARGET[from], message: { action: message, data: message, from } };
  if (typeof message !== 'object' || message === null) return undefined;
  const action: unknown = Reflect.get(message, 'action');
  if (typeof action !== 'string') return undefined;
  const at = (key: string): string | undefined => textOf(Reflect.get(message, key));
  const to = at('receiverWorkerId') ?? at('receiverPid') ?? at('to') ?? DEFAULT_TARGET[from];
  return { action, data: Reflect.get(message, 'data'), from, to, message: { ...message, from } };
}
