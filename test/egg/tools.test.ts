/** Egg's own tools find, start and stop an application that runs on Brood through a framework of two lines. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assertGone } from '../helpers/left.ts';
import { fixture } from '../helpers/paths.ts';
import { freePort } from '../helpers/ports.ts';
import { makeSite } from './site.ts';
import type { Generation, Site } from './site.ts';

const run = promisify(execFile);

/** Where each generation keeps its tools. */
const TOOLS = {
  three: { scripts: ['egg-scripts', 'bin', 'egg-scripts.js'], mock: 'egg-mock' },
  four: { scripts: ['@eggjs', 'scripts', 'bin', 'run.js'], mock: '@eggjs/mock' },
} as const;

const pidsOf = (site: Site): readonly number[] => [
  ...new Set(
    readFileSync(site.events, 'utf8')
      .trim()
      .split('\n')
      .map(line => Number(line.split(' ')[1])),
  ),
];

async function withSite(generation: Generation, use: (site: Site, env: Readonly<Record<string, string | undefined>>) => Promise<void>): Promise<void> {
  const site = await makeSite(generation);
  const home = join(site.baseDir, '..');
  try {
    await use(site, { ...process.env, EGG_EVENTS: site.events, EGG_FAIL: site.broken, HOME: home, NODE_ENV: undefined });
    await assertGone([...pidsOf(site)]);
  } finally {
    site.remove();
  }
}

for (const generation of ['three', 'four'] as const) {
  describe(`tools of egg ${generation}`, function () {
    this.timeout(120_000);

    before(async function () {
      this.timeout(300_000);
      (await makeSite(generation)).remove();
    });

    it('start it as a daemon, and stop it by its title', async () => {
      await withSite(generation, async (site, env) => {
        const port = await freePort();
        const title = `egg-server-tools-${process.pid}`;
        const scripts = site.module(...TOOLS[generation].scripts);
        const flags = ['--daemon', `--port=${port}`, '--workers=2', `--title=${title}`, `--framework=${site.framework}`];
        const started = await run(process.execPath, [scripts, 'start', ...flags, site.baseDir], { env, cwd: site.baseDir });
        assert.match(started.stdout + started.stderr, new RegExp(`started on http://127\\.0\\.0\\.1:${port}`));
        const response = await fetch(`http://127.0.0.1:${port}/`);
        assert.match(await response.text(), new RegExp(`"title":"${title}"`));
        const stopped = await run(process.execPath, [scripts, 'stop', `--title=${title}`], { env, cwd: site.baseDir });
        assert.match(stopped.stdout + stopped.stderr, /got master pid/);
      });
    });

    it('test it with mm.cluster()', async () => {
      await withSite(generation, async (site, env) => {
        const port = await freePort();
        const mock = createRequire(site.module('x.js')).resolve(TOOLS[generation].mock);
        const { stdout } = await run(process.execPath, [fixture('egg', 'mocks.mjs'), mock, site.baseDir, site.framework, String(port)], {
          env,
          cwd: site.baseDir,
          timeout: 60_000,
        });
        assert.match(stdout, /answered \{"pid":\d+/);
        assert.match(stdout, /closed/);
      });
    });
  });
}
