// Knows nothing of Brood: startCluster({ script: 'server.js' }) runs it in every worker, and they share the port.
import { createServer } from 'node:http';

const server = createServer((request, response) => response.end(`script in ${process.pid}\n`));
server.listen(Number(process.env.PORT ?? 7001), '127.0.0.1');
