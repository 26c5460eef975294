/** Runs one shell line and keeps its output in a file, as `brood start -d` does; tells its figures over its channel. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { dist, directory, lines } = JSON.parse(process.argv[2]);
const load = name => import(pathToFileURL(path.join(dist, 'lib', name)).href);
const { LogHub } = await load('formation/log/hub.js');
const { starterInto } = await load('child/start.js');

const hub = new LogHub({ dir: directory, maxSize: 0, maxFiles: 0 });
const start = starterInto(order => hub.streamsFor(order));
const spec = line => ({ type: 'web', start: { kind: 'command', line }, env: {}, cwd: directory });
const before = process.cpuUsage();
const rss = process.memoryUsage.rss();
const began = process.hrtime.bigint();
await Promise.all(
  lines.map(
    (line, index) =>
      new Promise(resolve => {
        start({ spec: spec(line), id: index + 1, slot: index + 1, generation: 1, park: false }, event => {
          if (event.type === 'exit') void event.rest.then(resolve);
        });
      }),
  ),
);
await hub.close();
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const { user, system } = process.cpuUsage(before);
process.send({ seconds, cpu: user + system, grown: process.resourceUsage().maxRSS * 1024 - rss });
process.disconnect();
