/** Runs one of the examples: node examples/start.js koa */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from 'brood';

const name = process.argv[2] ?? 'hello';
const baseDir = join(import.meta.dirname, name);
const script = existsSync(join(baseDir, 'server.js')) ? { script: 'server.js' } : {};

try {
  const { address } = await startCluster({ baseDir, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 7001), ...script });
  console.log(`${name}: ${address.host}:${address.port}, master ${process.pid}; Ctrl-C ends it`);
} catch (error) {
  console.error([error.message, error.details?.frame, error.hint].filter(Boolean).join('\n'));
  process.exitCode = error.exitCode ?? 1;
}
