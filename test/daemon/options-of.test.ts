/** A configuration in the words of startCluster(). */
import assert from 'node:assert/strict';
import { clusterPart } from '../../lib/cluster/specs.ts';
import type { Meeting } from '../../lib/cluster/specs.ts';
import { readPlan } from '../../lib/daemon/read-plan.ts';
import { withFiles } from '../helpers/files.ts';
import { apartOf, optionsOf } from '../../lib/daemon/config-options.ts';

describe('the options that a configuration gives', () => {
  it('have the Node.js of the agent beside that of the workers, where it has one of its own', () => {
    assert.deepEqual(optionsOf({ execPath: '/a' }), { execPath: '/a' });
    assert.deepEqual(optionsOf({ execPath: '/a', agent: { execPath: '/b', execArgv: ['-x'] } }), {
      agent: true,
      execPath: { agent: '/b', app: '/a' },
      execArgv: { agent: ['-x'] },
    });
    assert.deepEqual(optionsOf({ execArgv: ['-w'], agent: { execArgv: [] } }), { agent: true, execArgv: { agent: [], app: ['-w'] } });
    assert.deepEqual(optionsOf({ agent: false }), { agent: false });
  });
});

describe('what a configuration says of the agent alone', () => {
  it('are its variables, over those of all, and what the operating system gives it', () => {
    const agent = { env: { A: '1', B: null }, nice: 5, cpuAffinity: [1], limits: { nofile: 64 } };
    assert.deepEqual(apartOf({ agent }, {}).agent, { variables: { A: '1', B: undefined }, nice: 5, affinity: [1], limits: { nofile: 64 } });
    assert.equal(apartOf({ agent: true }, {}).agent, undefined);
  });

  it('reaches the agent, and not the workers', async () => {
    const files = { 'app.js': 'export default () => {};\n', 'brood.config.json': JSON.stringify({ workers: 1, nice: 2, agent: { env: { A: '1' }, nice: 5 } }) };
    await withFiles(files, async ({ directory }) => {
      const { settings } = await readPlan({ options: { baseDir: directory }, command: 'start' });
      const meeting = { mail: { directory: '', secret: '' }, port: 7001, mode: 'held' } as unknown as Meeting;
      const rows = clusterPart(settings, meeting).rows({ quantity: () => 1, generation: () => 1 });
      assert.deepEqual(
        rows.map(({ spec: { type, nice, env } }) => [type, nice, env['A']]),
        [
          ['agent', 5, '1'],
          ['web', 2, undefined],
        ],
      );
    });
  });
});
