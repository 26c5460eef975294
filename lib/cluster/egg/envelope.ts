/** Egg's messages between processes, with who sent them and where they go. */
import { readPlain } from '../post.ts';

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

/** A message in the form of Egg, with where it goes; `undefined` for what has no action. A bare string is action and data at once. */
export function readEnvelope(message: unknown, from: EggSender): EggEnvelope | undefined {
  const plain = readPlain(message);
  if (plain === undefined) return undefined;
  const { action, data, to } = plain;
  const whole = typeof message === 'object' ? { ...message, from } : { action, data, from };
  return { action, data, from, to: to === undefined ? DEFAULT_TARGET[from] : String(to), message: whole };
}
