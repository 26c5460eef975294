/** Bad input of startCluster(): a coded error with a remedy, and nothing left running. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BroodError, startCluster, type ClusterOptions } from '../../index.ts';
import { brief, event, ORDERS, withEnvironment, withOrders } from '../helpers/orders.ts';
import { children } from '../helpers/left.ts';
import { fixture } from '../helpers/paths.ts';

/** The coded error of a start with these options; no child may be left by it. */
async function refusal(options: ClusterOptions): Promise<BroodError> {
  const before = new Set(children());
  try {
    const cluster = await startCluster({ baseDir: ORDERS, ...brief, port: 0, hostname: '127.0.0.1', workers: 2, signals: false, logger: false, ...options });
    await cluster.close();
  } catch (error) {
    assert.ok(error instanceof BroodError, String(error));
    assert.notEqual(error.hint, '');
    assert.deepEqual(
      children().filter(pid => !before.has(pid)),
      [],
    );
    return error;
  }
  throw new Error('the start did not fail');
}

async function refused(options: ClusterOptions, code: string, text: RegExp, exitCode: number): Promise<BroodError> {
  const error = await refusal(options);
  assert.deepEqual({ code: error.code, exitCode: error.exitCode }, { code, exitCode });
  assert.match(`${error.message} ${error.hint}`, text);
  return error;
}

/** Options as a caller without types may give them. */
const untyped = (options: object): ClusterOptions => options;

describe('bad input', () => {
  it('a baseDir that is missing, a file, or without hooks', async () => {
    await refused({ baseDir: '/no/such/directory' }, 'BROOD_BASE_DIR_MISSING', /\/no\/such\/directory/, 5);
    await refused({ baseDir: join(ORDERS, 'app.js') }, 'BROOD_BASE_DIR_NOT_DIRECTORY', /"script"/, 5);
    await refused({ baseDir: fixture('tls') }, 'BROOD_HOOKS_MISSING', /app\.js/, 5);
  });

  it('a syntax error, with file, line and frame', async () => {
    const error = await refused({ baseDir: fixture('apps', 'syntax-error') }, 'BROOD_START_FAILED', /app\.js/, 4);
    assert.match(String(error.details['frame']), /> 3 \|.*\n.*\^|3/);
    assert.match(String(error.details['frame']), /app\.handle/);
  });

  it("a hook that throws, with the application's own stack", async () => {
    const error = await refused({ baseDir: fixture('apps', 'throws-in-hook') }, 'BROOD_START_FAILED', /no database at 10\.0\.0\.1/, 4);
    assert.ok(error.cause instanceof Error);
    assert.match(String(error.cause.stack), /throws-in-hook\/app\.cjs/);
  });

  it('an agent that throws: no worker is started', async () => {
    await withEnvironment({ ORDERS_AGENT: 'throw' }, async () => {
      await refused({}, 'BROOD_START_FAILED', /^agent .*the agent throws/, 4);
    });
  });

  it('an application that ends its process', async () => {
    await withEnvironment({ ORDERS_APP: 'exit' }, async () => {
      await refused({ restart: { intensity: 1 } }, 'BROOD_START_FAILED', /exit code 3/, 4);
    });
  });

  it('a hook that is never ready, named after startTimeout', async () => {
    await refused({ baseDir: fixture('apps', 'never-ready'), startTimeout: 700 }, 'BROOD_START_TIMEOUT', /app\.[12] .*700 ms.*didLoad of .*app\.cjs/, 4);
    await withEnvironment({ ORDERS_AGENT: 'never' }, async () => {
      await refused({ startTimeout: 700 }, 'BROOD_START_TIMEOUT', /^agent .*agent\.js/, 4);
    });
  });

  it('a port that is in use, with the pid of who holds it', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    await event(holder, 'listening');
    const address = holder.address();
    assert.ok(typeof address === 'object' && address !== null);
    try {
      await refused({ port: address.port }, 'BROOD_PORT_IN_USE', new RegExp(`127\\.0\\.0\\.1:${address.port}.* pid ${process.pid} `), 1);
      await refused({ port: address.port, listen: 'round-robin' }, 'BROOD_PORT_IN_USE', /in use/, 1);
    } finally {
      holder.close();
    }
  });

  it('a path that is in use by a living process, one that cannot be made, and a host that is none of ours', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-path-'));
    const path = join(directory, 'socket');
    const holder = net.createServer().listen(path);
    await event(holder, 'listening');
    try {
      await refused(untyped({ path, port: undefined, hostname: undefined }), 'BROOD_PORT_IN_USE', /socket/, 1);
      await refused(
        untyped({ path: join(directory, 'no', 'socket'), port: undefined, hostname: undefined }),
        'BROOD_LISTEN_FAILED',
        /directory .*no does not exist/,
        1,
      );
    } finally {
      holder.close();
      rmSync(directory, { recursive: true });
    }
    await refused({ hostname: '192.0.2.1' }, 'BROOD_LISTEN_FAILED', /192\.0\.2\.1/, 1);
  });

  it('values of the wrong type, with what they must be', async () => {
    for (const workers of [0, -1, 1.5, 'many']) await refused(untyped({ workers }), 'BROOD_OPTION_TYPE', /"workers" must be a whole number from 1/, 5);
    await refused({ port: 65_536 }, 'BROOD_OPTION_TYPE', /"port".*65535, got 65536/, 5);
    await refused(untyped({ restart: { intensity: 'often' } }), 'BROOD_OPTION_TYPE', /"restart\.intensity"/, 5);
    await refused({ port: 1, path: '/tmp/socket' }, 'BROOD_OPTION_CONFLICT', /"path" and "port"/, 5);
    await assert.rejects(startCluster(untyped([1])), { name: 'BroodError' });
  });

  it('an option that there is not, with the one that was meant', async () => {
    await refused(untyped({ worker: 2 }), 'BROOD_OPTION_UNKNOWN', /Did you mean "workers"\?/, 5);
    await refused(untyped({ restart: { intensitiy: 2 } }), 'BROOD_OPTION_UNKNOWN', /"restart\.intensitiy".*"restart\.intensity"/, 5);
    await refused(untyped({ entirelyElse: 2 }), 'BROOD_OPTION_UNKNOWN', /Known are: baseDir, workers/, 5);
  });

  it('a framework, a script or a certificate that is not there', async () => {
    await refused({ framework: 'no-such-framework' }, 'BROOD_FRAMEWORK_MISSING', /no-such-framework/, 5);
    await refused({ script: 'no-such-script.js' }, 'BROOD_FILE_MISSING', /"script".*no-such-script\.js/, 5);
    await refused({ https: { key: 'no.pem', cert: 'no.pem' } }, 'BROOD_FILE_MISSING', /"https\.key"/, 5);
    await refused(untyped({ https: { key: 'no.pem' } }), 'BROOD_OPTION_TYPE', /"https\.cert"/, 5);
  });

  it('a second start of the same directory, in this process and in another; a later one works', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'brood-twice-'));
    writeFileSync(join(directory, 'app.cjs'), "module.exports = () => (req, res) => res.end('ok');");
    try {
      await withOrders({ baseDir: directory, lock: true, workers: 1 }, async () => {
        await refused({ baseDir: directory, lock: true }, 'BROOD_ALREADY_RUNNING', new RegExp(`${directory} \\(pid ${process.pid}, this process\\)`), 6);
      });
      await withOrders({ baseDir: directory, lock: true, workers: 1 }, () => {});
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
