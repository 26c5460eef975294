import { startCluster } from 'brood';

try {
  const cluster = await startCluster({
    baseDir: import.meta.dirname,
    workers: 'auto',
    hostname: '127.0.0.1',
    port: Number(process.env.PORT ?? 7001),
  });
  const { host, port } = cluster.address;
  const instances = cluster.instances();
  const agent = instances.find(({ type }) => type === 'agent');
  const workers = instances.filter(({ type }) => type === 'app');
  const url = `http://${host}:${port}`;
  const hints = [
    [`curl ${url}`, 'again and again: see which worker answers'],
    [`kill -9 ${workers[0].pid}`, 'a new worker takes its place'],
    [`kill -HUP ${process.pid}`, 'replaces everything, one by one, and loses no request'],
    ['Ctrl-C', 'ends it'],
  ];
  console.log(`
  ${url}

  master  ${process.pid}
  agent   ${agent.pid}
  workers ${workers.map(({ pid }) => pid).join(' ')}

  Try:
${hints.map(([command, effect]) => `    ${command.padEnd(30)}${effect}`).join('\n')}
`);
} catch (error) {
  console.error([error.message, error.details?.frame, error.hint].filter(Boolean).join('\n'));
  process.exitCode = error.exitCode ?? 1;
}
