/** Lines of the logger. */
import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import type { Terminal } from '../../lib/app/log/console.ts';
import { Loggers } from '../../lib/app/log/loggers.ts';
import { Logger } from '../../lib/app/logger.ts';
import { until } from '../helpers/until.ts';
import { keepEnvironment, sink } from './units.ts';

const TERMINAL = { out: true, err: true };
const LINES = 5000;

interface Made {
  readonly logger: Logger;
  readonly configure: (config: unknown) => Promise<void>;
  readonly out: () => string[];
  readonly err: () => string[];
}

const make = (terminal?: Terminal): Made => {
  const out = sink();
  const err = sink();
  const logger = new Logger(() => ({ type: 'app', slot: 3 }), { streams: { out: out.stream, err: err.stream }, terminal });
  const loggers = new Loggers(logger);
  return { logger, configure: config => loggers.configure(config, { baseDir: '/', terminal }), out: out.lines, err: err.lines };
};

const parse = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '');

describe('Logger', () => {
  keepEnvironment(['BROOD_LOG', 'BROOD_LOG_LEVEL', 'NO_COLOR', 'FORCE_COLOR', 'TERM']);

  it('writes for people on a terminal: time, level, instance and pid, warnings and errors to the other stream', () => {
    process.env['NO_COLOR'] = '1';
    const { logger, out, err } = make(TERMINAL);
    logger.debug('hidden');
    logger.info('%s has %d', 'cart', 3, { a: 1 });
    logger.warn('careful');
    logger.error(new TypeError('wrong'));
    assert.equal(out().length, 1);
    assert.match(out()[0] ?? '', new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO {2}app\\.3 ${process.pid} cart has 3 \\{ a: 1 \\}$`));
    assert.match(err()[0] ?? '', /WARN {2}app\.3 \d+ careful/);
    assert.match(err()[1] ?? '', /ERROR app\.3 \d+ TypeError: wrong/);
    assert.match(err()[2] ?? '', /^ +at /);
  });

  it('colours only what goes to a terminal', () => {
    const { logger, out, err } = make({ out: true, err: false });
    logger.info('green');
    logger.warn('plain');
    assert.ok(out()[0]?.includes('\u001B[32mINFO'));
    assert.match(err()[0] ?? '', / WARN {2}app\.3/);
  });

  it('writes JSON elsewhere, with an error as an object and circles shown', () => {
    const { logger, out, err } = make();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    logger.info('a %s', 'line', circle);
    logger.error(Object.assign(new Error('no disk'), { code: 'ENOSPC' }));
    logger.error('saving failed:', new TypeError('no name'));
    const line = parse(out()[0]);
    assert.deepEqual(Object.keys(line), ['time', 'level', 'type', 'slot', 'pid', 'msg']);
    assert.deepEqual([line['level'], line['type'], line['slot'], line['pid']], ['info', 'app', 3, process.pid]);
    assert.match(String(line['msg']), /^a line <ref \*1> \{ self: \[Circular \*1\] \}$/);
    assert.ok(!Number.isNaN(Date.parse(String(line['time']))));
    const failure: { msg: string; err: Record<string, unknown> } = JSON.parse(err()[0] ?? '');
    assert.deepEqual([failure.msg, failure.err['code']], ['no disk', 'ENOSPC']);
    assert.match(String(failure.err['stack']), /logger\.test/);
    assert.equal(parse(err()[1])['msg'], 'saving failed: TypeError: no name');
  });

  it('shows the chain of causes and the errors of an AggregateError, and ends in a circle of them', () => {
    const { logger, err } = make();
    const root = new Error('worn out');
    const middle = new AggregateError([new Error('left'), new RangeError('right')], 'both', { cause: root });
    root.cause = middle;
    logger.error(new Error('no disk', { cause: middle }));
    logger.error(new Error('odd', { cause: { code: 7 } }));
    const { err: shown } = JSON.parse(err()[0] ?? '');
    assert.equal(shown.cause.message, 'both');
    assert.deepEqual(
      shown.cause.errors.map((one: Error) => `${one.name} ${one.message}`),
      ['Error left', 'RangeError right'],
    );
    assert.equal(shown.cause.cause.message, 'worn out');
    assert.match(shown.cause.cause.cause, /same error/);
    assert.match(JSON.parse(err()[1] ?? '').err.cause, /code: 7/);
  });

  it('adds the fields of a child to each of its lines, and never lets them replace its own', () => {
    const { logger, out } = make();
    const request = logger.child({ requestId: 'r 1', pid: 0, big: 12n }).child({ user: { id: 7 } });
    request.info('paid');
    const { pid, requestId, user, big, msg } = parse(out()[0]);
    assert.deepEqual({ pid, requestId, user, big, msg }, { pid: process.pid, requestId: 'r 1', user: { id: 7 }, big: '12', msg: 'paid' });
    process.env['NO_COLOR'] = '1';
    const people = make(TERMINAL);
    people.logger.child({ requestId: 'r 1', step: 2 }).info('paid');
    assert.match(people.out()[0] ?? '', /INFO {2}app\.3 \d+ requestId="r 1" step=2 paid$/);
  });

  it('does the work for a line only when it is written', () => {
    const { logger, out } = make();
    let calls = 0;
    const costly = (): string => `made ${++calls} times`;
    logger.debug(costly);
    assert.equal(calls, 0);
    logger.level = 'debug';
    logger.debug(costly);
    logger.info(() => {
      throw new Error('no text');
    });
    assert.equal(parse(out()[0])['msg'], 'made 1 times');
    assert.match(String(parse(out()[1])['msg']), /cannot be made: Error: no text/);
  });

  it('takes level and format from config.logger, over which the environment wins', async () => {
    const { logger, configure, out, err } = make();
    await configure({ level: 'debug', format: 'pretty' });
    logger.debug('shown');
    await configure({ level: 'none' });
    logger.error('not shown');
    assert.deepEqual([out().length, err().length, logger.level], [1, 0, 'none']);
    assert.match(out()[0] ?? '', /DEBUG app\.3/);
    process.env['BROOD_LOG_LEVEL'] = 'warn';
    process.env['BROOD_LOG'] = 'json';
    const second = make(TERMINAL);
    await second.configure({ level: 'debug', format: 'pretty' });
    second.logger.info('not shown');
    second.logger.warn('shown');
    assert.equal(second.out().length, 0);
    assert.match(second.err()[0] ?? '', /^\{"time"/);
    assert.ok(second.logger.enabled('error') && !second.logger.enabled('info'));
  });

  it('changes its level at run time, for its children too, and takes no level that there is not', () => {
    const { logger, out } = make();
    const child = logger.child({ a: 1 });
    logger.level = 'error';
    child.info('hidden');
    child.level = 'debug';
    logger.debug('shown');
    assert.deepEqual([out().length, child.level, logger.level], [1, 'debug', 'debug']);
    // What a user without types may write.
    assert.throws(() => (logger.level = 'loud' as never), { code: 'BROOD_LOG_LEVEL' });
  });

  it('survives a reader that has gone, counts what it would have read, and shows what it can of any value', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })) });
    const logger = new Logger(() => ({ type: 'app', slot: 1 }), { out: broken, err: broken });
    logger.info('into the void');
    await new Promise(resolve => broken.once('close', resolve));
    for (let line = 0; line < LINES; line++) logger.info('again');
    assert.equal(logger.lost, LINES);
    const { logger: second, out } = make();
    second.info('%s', {
      toString: () => {
        throw new Error('no text');
      },
    });
    assert.match(out()[0] ?? '', /cannot be shown: Error: no text/);
  });

  it('keeps no more than a little for a reader that does not read, and tells it what it has missed', async () => {
    const stuck = new PassThrough();
    const logger = new Logger(() => ({ type: 'app', slot: 1 }), { out: stuck, err: stuck });
    for (let line = 0; line < LINES; line++) logger.info('x'.repeat(1000));
    assert.ok(stuck.writableLength < 2 * 1024 * 1024, `${stuck.writableLength} bytes are kept`);
    const { lost } = logger;
    assert.ok(lost > LINES / 2);
    let text = '';
    stuck.on('data', chunk => (text += String(chunk)));
    await until(() => text.includes(`${lost} lines were lost`));
    assert.match(text, /because its reader does not read/);
    assert.equal(text.match(/xxx"/g)?.length, LINES - lost);
  });

  it('tells a tap what is written, until the tap is taken off', () => {
    const { logger } = make();
    const heard: string[] = [];
    const off = logger.tap(({ level, message }) => heard.push(`${level} ${message}`));
    logger.debug('hidden');
    logger.child({ a: 1 }).warn('%d left', 2);
    off();
    logger.warn('unheard');
    assert.deepEqual(heard, ['warn 2 left']);
  });
});
