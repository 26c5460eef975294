/** Starts the bench's application under Brood; options as JSON in BENCH_OPTIONS. Prints one line of JSON when every instance is ready. */
import { startCluster } from '../../../dist/index.js';
import { fact } from '../../inside/facts.js';

const cluster = await startCluster({
  lock: false,
  baseDir: new URL('./app', import.meta.url).pathname,
  workers: Number(process.env.BENCH_WORKERS),
  port: Number(process.env.BENCH_PORT),
  hostname: '127.0.0.1',
  ...JSON.parse(process.env.BENCH_OPTIONS ?? '{}'),
});

process.on('message', message => {
  if (message === 'reload') void cluster.reload().then(() => fact('reloaded'));
  if (message === 'instances') process.send?.({ instances: cluster.instances() });
});
process.on('disconnect', () => void cluster.close());

fact('ready');
console.log(JSON.stringify({ address: cluster.address, instances: cluster.instances() }));
