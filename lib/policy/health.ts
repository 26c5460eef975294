/** What a load balancer is told: whether an application lives, and whether it may be sent requests. In Kubernetes' form. */

/** One process type. */
export interface TypeHealth {
  readonly type: string;
  readonly wanted: number;
  readonly ready: number;
  /** So many have done their work and ended. Default: none. */
  readonly completed?: number;
  /** So many have to be ready. */
  readonly needed: number;
}

export interface Condition {
  /** It takes nothing new and will end. */
  readonly isStopping: boolean;
  readonly types: readonly TypeHealth[];
}

/** How it is to be told. */
export interface Asked {
  /** One line for each check. */
  readonly verbose: boolean;
  /** Names of checks that do not count. */
  readonly exclude: readonly string[];
}

export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly type: string;
  readonly text: string;
}

interface Check {
  readonly name: string;
  readonly isGood: boolean;
  readonly about: string;
  /** What is missing. */
  readonly missing?: Pick<TypeHealth, 'type' | 'ready' | 'needed'>;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

const running = ({ isStopping }: Condition): Check => ({ name: 'running', isGood: !isStopping, about: isStopping ? 'it stops' : '' });

function ofType({ type, wanted, ready, completed = 0, needed }: TypeHealth): Check {
  const isGood = ready >= needed;
  const about = `${ready} of ${wanted} ready${completed === 0 ? '' : `, ${completed} completed`}${isGood ? '' : `, ${needed} needed`}`;
  return { name: type, isGood, about, ...(isGood ? {} : { missing: { type, ready, needed } }) };
}

const lineOf = ({ name, isGood, about }: Check): string => `[${isGood ? '+' : '-'}]${name} ${isGood ? 'ok' : 'failed'}${about === '' ? '' : `: ${about}`}\n`;

function answer(what: string, checks: readonly Check[], { verbose, exclude }: Asked): HealthAnswer {
  const counted = checks.filter(({ name }) => !exclude.includes(name));
  const failed = counted.filter(({ isGood }) => !isGood);
  const status = failed.length === 0 ? 200 : 503;
  if (verbose) return { status, type: TEXT, text: `${counted.map(lineOf).join('')}${what} check ${status === 200 ? 'passed' : 'failed'}\n` };
  if (status === 200) return { status, type: TEXT, text: 'ok' };
  const missing = failed.flatMap(check => check.missing ?? []);
  return { status, type: JSON_TYPE, text: JSON.stringify({ status: 'failed', failed: failed.map(({ name }) => name), missing }) };
}

/** The master runs and is not about to end. */
export const livez = (condition: Condition, asked: Asked): HealthAnswer => answer('livez', [running(condition)], asked);

/** Enough of every type is ready; not from the moment on when it is told to stop. */
export const readyz = (condition: Condition, asked: Asked): HealthAnswer => answer('readyz', [running(condition), ...condition.types.map(ofType)], asked);
