/** What a reload would do, as lines: the keys that have changed, what becomes of each type, and the order. */
import type { Preview, PreviewPorts, PreviewType } from '../../daemon/preview-document.ts';
import type { Paint } from './colours.ts';
import { took } from './units.ts';

const MARKS = { added: ['green', '+'], removed: ['red', '-'], changed: ['yellow', '~'], scaled: ['yellow', '~'], unchanged: ['dim', '='] } as const;
const mark = (paint: Paint, change: PreviewType['change']): string => paint(MARKS[change][0], MARKS[change][1]);

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function keyLine({ key, change, before, after }: Preview['changes'][number], paint: Paint): string {
  const values = [before, after].filter(value => value !== undefined).map(valueText);
  return `${mark(paint, change)} ${key} ${values.length === 0 ? change : values.join(' → ')}`;
}

const portText = ({ first, last }: PreviewPorts): string => (first === last ? String(first) : `${first}–${last}`);

/** `2 → 3`, `3` */
const move = (before: string | undefined, after: string | undefined): string => [...new Set([before, after])].filter(one => one !== undefined).join(' → ');

function fateOf({ change, instances, replaced, completed, exclusive }: PreviewType, canaryTime: number): string {
  if (change === 'removed') return 'stopped';
  if (!replaced) return change === 'changed' && instances.after > 0 ? 'not replaced: holds for those that start later' : '';
  if (completed === true) return 'has ended, and runs once more';
  if (exclusive === true) return 'replaced, ended before its successor starts';
  return canaryTime === 0 ? 'replaced' : `replaced, one first for ${took(canaryTime)}`;
}

function typeText(one: PreviewType, canaryTime: number): string {
  const { change, instances, ports = {} } = one;
  const [before, after] = [String(instances.before), String(instances.after)];
  const many = Math.max(instances.before, instances.after) === 1 ? 'instance' : 'instances';
  const count = change === 'added' ? after : change === 'removed' ? before : move(before, after);
  const port = move(ports.before && portText(ports.before), ports.after && portText(ports.after));
  return [`${count} ${many}`, port === '' ? '' : `port ${port}`, fateOf(one, canaryTime)].filter(part => part !== '').join(', ');
}

function typeLines({ types, canaryTime }: Preview, paint: Paint): readonly string[] {
  const width = Math.max(...types.map(({ type }) => type.length));
  return types.map(one => `${mark(paint, one.change)} ${one.type.padEnd(width)}  ${one.change.padEnd(9)}  ${typeText(one, one.canaryTime ?? canaryTime)}`);
}

const listed = (names: readonly string[]): string => names.join(', ').replace(/, (?=[^,]*$)/, ' and ');

function orderLine({ order, types }: Preview): string {
  const removed = types.filter(({ change }) => change === 'removed').map(({ type }) => type);
  const steps = [...order.map(listed), ...(removed.length === 0 ? [] : [`the end of ${listed(removed)}`])];
  return `Order: ${steps.length === 0 ? 'nothing starts' : steps.join(', then ')}`;
}

export function previewLines(preview: Preview, paint: Paint): readonly string[] {
  const { changes, refused, warnings } = preview;
  const keys = changes.length === 0 ? ['The files say the same as when they were read last.'] : changes.map(one => keyLine(one, paint));
  if (refused.length > 0) return keys;
  return [...keys, '', ...typeLines(preview, paint), '', orderLine(preview), ...warnings.map(text => `${paint('yellow', '!')} ${text}`)];
}
