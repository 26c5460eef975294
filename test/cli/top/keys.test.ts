/** Keys: what a terminal sends for them, and what they change. */
import assert from 'node:assert/strict';
import { rowsOf } from '../../../lib/cli/render/rows.ts';
import { decode, leftover } from '../../../lib/cli/terminal/decode.ts';
import { chosen, FIRST_VIEW, press, shownRows } from '../../../lib/cli/top/view.ts';
import type { Order, View } from '../../../lib/cli/top/view.ts';
import { NOW, shop } from '../render/shop.ts';

const ROWS = rowsOf(shop, NOW);
const wanted = (type: string): number => shop.types.find(one => one.type === type)?.wanted ?? 0;

interface After {
  readonly view: View;
  readonly orders: readonly Order[];
  readonly name: string | undefined;
}

/** Presses keys one after the other. */
function after(keys: readonly string[], from: View = FIRST_VIEW): After {
  let view = from;
  const orders: Order[] = [];
  for (const key of keys) {
    const pressed = press(view, key, { rows: shownRows(view, ROWS), wanted, page: 21, more: 30 });
    ({ view } = pressed);
    if (pressed.order !== undefined) orders.push(pressed.order);
  }
  return { view, orders, name: chosen(view, shownRows(view, ROWS))?.name };
}
const typed = (text: string): readonly string[] => text.split('');

describe('keys of a terminal', () => {
  it('are told apart, however the terminal spells them', () => {
    assert.deepEqual(decode('ab é🙂').keys, ['a', 'b', ' ', 'é', '🙂']);
    assert.deepEqual(decode('\u001B[A\u001BOB\u001B[5~\u001B[6~\u001B[H\u001B[4~').keys, ['up', 'down', 'page-up', 'page-down', 'home', 'end']);
    assert.deepEqual(decode('\r\u007F\u0003\u001A\u001C\u000C').keys, ['enter', 'backspace', 'ctrl-c', 'ctrl-z', 'ctrl-\\', 'ctrl-l']);
    assert.deepEqual(decode('\u001B[1;5Ax\u001B[20~y\u001Bqz\u0001').keys, ['x', 'y', 'z']);
  });

  it('may come in parts, and an Escape alone is a key', () => {
    assert.deepEqual(decode('x\u001B['), { keys: ['x'], rest: '\u001B[' });
    assert.deepEqual(decode('\u001B'), { keys: [], rest: '\u001B' });
    assert.deepEqual(leftover('\u001B'), ['escape']);
    assert.deepEqual(leftover('\u001B['), []);
    assert.deepEqual(decode('\u001B\u001B[A').keys, ['escape', 'up']);
  });
});

describe('keys of top', () => {
  it('choose a row, and stay within the table', () => {
    assert.equal(after([]).name, 'agent');
    assert.equal(after(['down', 'j']).name, 'web.2');
    assert.equal(after(['down', 'j', 'up', 'k', 'k']).name, 'agent');
    assert.equal(after(['end']).name, 'clock');
    assert.equal(after(['end', 'down', 'home']).name, 'agent');
    assert.equal(after(['down', 'down', 'down', 'down']).name, 'web.4', 'two instances of one name are one choice');
  });

  it('order: reload, restart, quit', () => {
    assert.deepEqual(after(['r']).orders, [{ order: 'reload' }]);
    assert.deepEqual(after(['down', 'R']).orders, [{ order: 'restart', name: 'web.1' }]);
    assert.deepEqual(after(['end', 'R']).orders, [{ order: 'say', text: 'clock does not run' }]);
    assert.deepEqual(after(['q']).orders, [{ order: 'quit' }]);
    assert.deepEqual(after(['ctrl-l', 'x', 'tab']).orders, [{ order: 'redraw' }]);
  });

  it('scale to a number, or by one', () => {
    assert.deepEqual(after(['down', 's', ...typed('12'), 'backspace', 'enter']).orders, [{ order: 'scale', type: 'web', quantity: 1 }]);
    assert.deepEqual(after(['down', 's', ...typed('+2'), 'enter']).orders, [{ order: 'scale', type: 'web', quantity: 6 }]);
    assert.deepEqual(after(['down', 's', ...typed('-1'), 'enter']).orders, [{ order: 'scale', type: 'web', quantity: 3 }]);
    assert.deepEqual(after(['down', 's', ...typed('9'), 'ctrl-u', ...typed('2'), 'enter']).orders, [{ order: 'scale', type: 'web', quantity: 2 }]);
    for (const text of ['-5', 'many', '1.5']) assert.equal(after(['down', 's', ...typed(text), 'enter']).orders[0]?.order, 'say', text);
    for (const key of ['escape', 'enter'])
      assert.deepEqual(after(['down', 's', key]), { view: { ...FIRST_VIEW, selected: 'web.1' }, orders: [], name: 'web.1' });
    assert.equal(after(['s']).orders[0]?.order, 'say', 'the agent is one');
  });

  it('stop a type once the question is answered with yes', () => {
    assert.deepEqual(after(['down', 'K']).view.prompt, { ask: 'stop', type: 'web', now: 4 });
    assert.deepEqual(after(['down', 'K', 'y']).orders, [{ order: 'stop', type: 'web' }]);
    for (const key of ['n', 'q', 'escape', 'enter', 'r']) assert.deepEqual(after(['down', 'K', key]).orders, []);
    assert.deepEqual(after(['end', 'K']).orders, [{ order: 'say', text: 'clock is stopped' }]);
  });

  it('filter the rows while they are typed; Escape shows all again', () => {
    const filtered = after(['/', ...typed('WORK')]);
    assert.equal(filtered.name, 'worker.1');
    assert.equal(filtered.view.prompt?.ask, 'filter');
    const kept = after(['enter', 'down'], filtered.view);
    assert.deepEqual([kept.view.filter, kept.view.prompt, kept.name], ['WORK', undefined, 'worker.2']);
    assert.equal(after(['escape'], kept.view).view.filter, '');
    assert.equal(after(['/', ...typed('x'), 'escape'], kept.view).view.filter, 'WORK', 'what it was before');
    assert.equal(after(['/', ...typed('backoff')]).name, 'worker.1');
    assert.deepEqual(after(['/', ...typed('nosuch'), 'enter', 'R']).orders, [{ order: 'say', text: 'nothing is selected' }]);
  });

  it('open and close logs, details and help', () => {
    const logs = after(['down', 'l', 'up', 'page-up']);
    assert.deepEqual([logs.view.mode, logs.view.scroll], ['logs', 21]);
    assert.deepEqual(after(['/', ...typed('GET'), 'enter'], logs.view).view.grep, 'GET');
    assert.deepEqual(
      [after(['home', 'page-up'], logs.view).view.scroll, after(['end'], logs.view).view.scroll, after(['q'], logs.view).view.mode],
      [30, 0, 'table'],
    );
    assert.equal(after(['a', 'a', 'a']).view.all, true);
    const details = after(['down', 'd', 'down']);
    assert.deepEqual([details.view.mode, details.view.scroll, details.orders], ['details', 1, [{ order: 'inspect', name: 'web.1' }]]);
    assert.equal(after(['escape'], details.view).view.mode, 'table');
    const help = after(['?']);
    assert.equal(help.view.mode, 'help');
    assert.deepEqual(after(['r'], help.view), { view: FIRST_VIEW, orders: [], name: 'agent' });
  });
});
