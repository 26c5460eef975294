/** Installs what the bench compares with and loads with, outside of the tree. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PEERS = { 'egg-cluster': '2.5', pm2: '7', autocannon: '9', pino: '10', 'egg-logger': '3', nodemon: '3', tsx: '4' };

/** The installed versions of the peers, installing them into `cache` when one is missing. */
export async function installPeers(cache) {
  const folder = name => path.join(cache, 'node_modules', name, 'package.json');
  if (!Object.keys(PEERS).every(name => existsSync(folder(name)))) {
    console.error(`installing ${Object.keys(PEERS).join(', ')} into ${cache}`);
    await mkdir(cache, { recursive: true });
    await writeFile(path.join(cache, 'package.json'), JSON.stringify({ private: true }));
    const wanted = Object.entries(PEERS).map(([name, range]) => `${name}@${range}`);
    await run('npm', ['install', '--no-audit', '--no-fund', ...wanted], { cwd: cache, timeout: 300_000 });
  }
  const versions = {};
  for (const name of Object.keys(PEERS)) versions[name] = JSON.parse(await readFile(folder(name), 'utf8')).version;
  return versions;
}

const found = async (program, ...args) => {
  try {
    await run(program, args, { timeout: 300_000 });
    return true;
  } catch (error) {
    // wrk prints its version and exits 1; only a missing program is a no.
    return error.code !== 'ENOENT' && program === 'wrk';
  }
};

/** 'wrk' where it is or can be installed, else 'autocannon'. */
export async function installLoad() {
  if (await found('wrk', '-v')) return 'wrk';
  const aptGet = process.getuid?.() === 0 && ((await found('apt-get', 'install', '-y', 'wrk')) || (await found('apt-get', 'update')));
  if (aptGet && !(await found('wrk', '-v'))) await found('apt-get', 'install', '-y', 'wrk');
  return (await found('wrk', '-v')) ? 'wrk' : 'autocannon';
}
