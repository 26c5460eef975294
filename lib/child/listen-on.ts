/**
 * Makes a bound socket listen without anybody accepting: the kernel keeps what connects until one who has the socket takes it. Node.js
 * accepts what it listens on, so another process does it, and ends before it could.
 */
import { spawn } from 'node:child_process';

const BACKLOG = 4096;
/** Descriptor 3 of the process is the socket. */
const SCRIPT = `process.exitCode = require('node:net')._createServerHandle(null, null, null, 3).listen(${BACKLOG}) === 0 ? 0 : 1; process.reallyExit(process.exitCode);`;

/** Resolves with whether it listens. */
export function listenOn(fd: number): Promise<boolean> {
  const child = spawn(process.execPath, ['-e', SCRIPT], { stdio: ['ignore', 'ignore', 'ignore', fd], env: {} });
  return new Promise(resolve => {
    child.once('error', () => resolve(false));
    child.once('exit', code => resolve(code === 0));
  });
}
