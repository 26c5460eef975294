/** nginx as Debian has it, with a directory of its own and a free port. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromDebian } from '../../faults/lib/debian.js';
import { freePort } from './subject.js';

/** What every instance of it needs: `words` start it with `config`, which holds `main` outside of its blocks and `temporary` in that of HTTP. `undefined` where it cannot be had. */
export async function nginxPlace() {
  const program = await fromDebian(['nginx'], 'usr/sbin/nginx');
  if (program === undefined) return undefined;
  const directory = mkdtempSync(path.join(tmpdir(), 'brood-bench-nginx-'));
  const pidFile = path.join(directory, 'nginx.pid');
  const config = path.join(directory, 'nginx.conf');
  return {
    port: await freePort(),
    pidFile,
    config,
    main: `pid ${pidFile}; error_log ${directory}/log;`,
    temporary: ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${directory}/${name};`).join(' '),
    words: [program, '-c', config, '-e', path.join(directory, 'log'), '-p', directory],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
