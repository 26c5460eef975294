/** PORT says where an application listens, when nothing else does. */
import assert from 'node:assert/strict';
import { portOf } from '../../lib/daemon/config-options.ts';
import { brood, hello, withDaemon } from './running.ts';
import { withFiles } from '../helpers/files.ts';
import { freePort } from '../helpers/ports.ts';

const SCRIPT = "require('node:http').createServer((request, response) => response.end(String(process.env.PORT))).listen(process.env.PORT, '127.0.0.1');\n";

describe('the variable PORT', () => {
  it('gives way to a port and a path, and is nothing when it is no port', () => {
    assert.deepEqual(portOf({}, { PORT: '3000' }), { port: 3000 });
    for (const [given, PORT] of [
      [{ port: 1 }, '3000'],
      [{ path: '/s' }, '3000'],
      [{}, 'http'],
      [{}, ''],
      [{}, '70000'],
      [{}, undefined],
    ] as const)
      assert.deepEqual(portOf(given, { PORT }), {});
  });

  it('of an ecosystem file that was imported is where the application listens', async () => {
    const port = await freePort();
    const ecosystem = `module.exports = { apps: [{ name: 'api', script: 'server.js', instances: 2, env: { PORT: ${port} } }] };\n`;
    await withFiles({ 'ecosystem.config.js': ecosystem, 'server.js': SCRIPT }, async ({ directory }) => {
      assert.equal((await brood(directory, ['import', 'pm2'])).code, 0);
      const { code, err } = await brood(directory, ['start', '-d']);
      try {
        assert.equal(code, 0, err);
        assert.equal(await (await fetch(`http://127.0.0.1:${port}`)).text(), String(port));
      } finally {
        await brood(directory, ['stop', '--now']);
      }
    });
  });

  it('of the shell is the default', async () => {
    const port = await freePort();
    await withDaemon(
      hello(),
      async ({ client, brood: run }) => {
        assert.equal(new URL((await client.status()).app.address ?? '').port, String(port));
        assert.match((await run(['config', 'port'], { env: { PORT: '4000' } })).out, /4000 +\S*PORT/);
      },
      { address: ['--hostname', '127.0.0.1'], env: { PORT: String(port) } },
    );
  });
});
