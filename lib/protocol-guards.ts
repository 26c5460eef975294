/** The guards of the messages between our processes: a child may write anything to its channel. */
import type { ChildError } from './model.ts';
import { isHangReport, isSample } from './observed-guards.ts';
import type { ConfigReport, Envelope, FromChild, LeaveWish, ToChild, Unfit } from './protocol.ts';
import { isCount, isObject, isText } from './shapes.ts';

const isOptionalText = (value: unknown, most?: number): boolean => value === undefined || isText(value, most);

export const isChildError = (value: unknown): value is ChildError =>
  isObject(value) &&
  isText(value['name'], 256) &&
  isText(value['message'], 65_536) &&
  isOptionalText(value['code'], 256) &&
  isOptionalText(value['hint'], 4096) &&
  isOptionalText(value['stack'], 65_536) &&
  isOptionalText(value['frame'], 65_536);

const ORDERS: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error', 'none', 'configured']);
const isLevelOrder = (value: unknown): boolean => isObject(value) && ORDERS.has(value['level']) && isOptionalText(value['logger'], 256);

const WISHES: ReadonlySet<unknown> = new Set(['max-requests', 'memory', 'age'] satisfies LeaveWish[]);

const isPort = (value: unknown): boolean => isCount(value) && value <= 65_535;

const FROM_CHILD: { readonly [Kind in FromChild['kind']]: (message: Record<string, unknown>) => boolean } = {
  hello: () => true,
  step: message => isText(message['step'], 1024),
  booted: () => true,
  ready: message => {
    const address = message['address'];
    if (address === undefined) return true;
    if (!isObject(address)) return false;
    return 'path' in address ? isText(address['path']) : isPort(address['port']) && isText(address['host'], 256);
  },
  leaving: message => isText(message['reason'], 256) && (message['error'] === undefined || isChildError(message['error'])),
  'wants-to-leave': message => WISHES.has(message['reason']),
  failed: message => isChildError(message['error']),
  listen: message => {
    const want = message['want'];
    return (
      isCount(message['seq']) &&
      isObject(want) &&
      (want['address'] === null || isText(want['address'])) &&
      (want['addressType'] === 4 || want['addressType'] === 6 || want['addressType'] === -1) &&
      (want['addressType'] === -1 ? want['port'] === -1 && isText(want['address']) : isPort(want['port']))
    );
  },
  unlisten: message => isCount(message['key']),
  lease: message => isCount(message['key']) && isCount(message['open']) && typeof message['full'] === 'boolean',
  accepted: message => isCount(message['seq']),
  'reopen-logs': message => isCount(message['seq']),
  reopened: message => isCount(message['seq']),
  'log-level': message => isLevelOrder(message['order']),
  hang: message => isHangReport(message['report']),
  probed: message => isCount(message['seq']) && typeof message['ok'] === 'boolean' && isText(message['detail'], 1024),
  sample: message => isCount(message['seq']) && isSample(message['sample']),
  pong: () => true,
};

/** Whether `message` claims to be one of ours. */
export const isOurs = (message: unknown): message is Envelope<unknown> => isObject(message) && 'brood' in message;

/** The message of a child, or `undefined` when it has not exactly the shape of one. */
export function readFromChild(message: Envelope<unknown>): FromChild | undefined {
  const body = message.brood;
  if (!isObject(body) || typeof body['kind'] !== 'string' || !Object.hasOwn(FROM_CHILD, body['kind'])) return undefined;
  const valid = FROM_CHILD[body['kind'] as FromChild['kind']];
  // The guard of this kind has just proven the shape.
  return valid(body) ? (body as unknown as FromChild) : undefined;
}

/** The message of the master; a child trusts its parent and checks no more than the kind. */
export function readToChild(message: Envelope<unknown>): ToChild | undefined {
  const body = message.brood;
  return isObject(body) && typeof body['kind'] === 'string' ? (body as unknown as ToChild) : undefined;
}

const isUnfit = (value: unknown): value is Unfit =>
  isObject(value) && isText(value['what'], 256) && Array.isArray(value['path']) && value['path'].every(step => isText(step) || isCount(step));

const isOptionalCount = (value: unknown): boolean => value === undefined || isCount(value);

/** What the process of a configuration file tells; code of an application runs in it. */
export const isConfigReport = (value: unknown): value is ConfigReport =>
  isObject(value) &&
  (value['kind'] === 'value'
    ? Array.isArray(value['unfit']) && value['unfit'].every(isUnfit)
    : value['kind'] === 'failed' &&
      isChildError(value['error']) &&
      typeof value['syntax'] === 'boolean' &&
      isOptionalText(value['file']) &&
      isOptionalCount(value['line']) &&
      isOptionalCount(value['column']));
