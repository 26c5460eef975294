/** Lines of the logger. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { Logger } from '../../lib/app/logger.ts';
import { sink } from './units.ts';

const VARIABLES = ['BROOD_LOG', 'BROOD_LOG_LEVEL', 'NO_COLOR', 'FORCE_COLOR'];

describe('Logger', () => {
  let kept: Record<string, string | undefined> = {};
  beforeEach(() => {
    kept = Object.fromEntries(VARIABLES.map(name => [name, process.env[name]]));
    for (const name of VARIABLES) delete process.env[name];
  });
  afterEach(() => {
    for (const name of VARIABLES) {
      if (kept[name] === undefined) delete process.env[name];
      else process.env[name] = kept[name];
    }
  });

  const make = (): { logger: Logger; out: () => string[]; err: () => string[] } => {
    const out = sink();
    const err = sink();
    return { logger: new Logger(() => ({ type: 'app', slot: 3 }), { out: out.stream, err: err.stream }), out: out.lines, err: err.lines };
  };

  it('writes a line with time, level, instance and pid, warnings and errors to the other stream', () => {
    const { logger, out, err } = make();
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

  it('writes JSON, with an error as an object and circles shown', () => {
    const { logger, out, err } = make();
    logger.configure({ format: 'json' });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    logger.info('a %s', 'line', circle);
    logger.error(Object.assign(new Error('no disk', { cause: new Error('worn out') }), { code: 'ENOSPC' }));
    const line: Record<string, unknown> = JSON.parse(out()[0] ?? '');
    assert.deepEqual(Object.keys(line), ['time', 'level', 'type', 'slot', 'pid', 'msg']);
    assert.deepEqual([line['level'], line['type'], line['slot'], line['pid']], ['info', 'app', 3, process.pid]);
    assert.match(String(line['msg']), /^a line <ref \*1> \{ self: \[Circular \*1\] \}$/);
    assert.ok(!Number.isNaN(Date.parse(String(line['time']))));
    const failure: { msg: string; err: Record<string, unknown> } = JSON.parse(err()[0] ?? '');
    assert.equal(failure.msg, 'no disk');
    assert.equal(failure.err['code'], 'ENOSPC');
    assert.match(JSON.stringify(failure.err['cause']), /worn out/);
  });

  it('takes level and format from config.logger, over which the environment wins', () => {
    const { logger, out, err } = make();
    logger.configure({ level: 'debug' });
    logger.debug('shown');
    logger.configure({ level: 'none' });
    logger.error('not shown');
    logger.configure({ level: 'odd', format: 'odd' });
    assert.deepEqual([out().length, err().length], [1, 0]);
    process.env['BROOD_LOG_LEVEL'] = 'warn';
    process.env['BROOD_LOG'] = 'json';
    const second = make();
    second.logger.configure({ level: 'debug', format: 'pretty' });
    second.logger.info('not shown');
    second.logger.warn('shown');
    assert.equal(second.out().length, 0);
    assert.match(second.err()[0] ?? '', /^\{"time"/);
    assert.ok(second.logger.enabled('error') && !second.logger.enabled('info'));
  });

  it('survives a reader that has gone and a value that cannot be shown', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })) });
    const logger = new Logger(() => ({ type: 'app', slot: 1 }), { out: broken, err: broken });
    logger.info('into the void');
    await new Promise(resolve => broken.once('close', resolve));
    logger.info('again');
    const { logger: second, out } = make();
    second.info('%s', {
      toString: () => {
        throw new Error('no text');
      },
    });
    assert.match(out()[0] ?? '', /cannot be shown: Error: no text/);
  });

  it('tells a tap what is written, until the tap is taken off', () => {
    const { logger } = make();
    const heard: string[] = [];
    const off = logger.tap(({ level, message }) => heard.push(`${level} ${message}`));
    logger.debug('hidden');
    logger.warn('%d left', 2);
    off();
    logger.warn('unheard');
    assert.deepEqual(heard, ['warn 2 left']);
  });
});
