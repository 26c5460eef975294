/** The bench's end of the control socket: gives orders to the traffic inside agents and workers. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep } from './facts.js';
import { startSubject } from './subject.js';

/** One agent or worker, as far as the bench can give it orders. */
class Party {
  constructor(socket, hello) {
    Object.assign(this, { socket, role: hello.hello, pid: hello.pid, seq: 0, asked: new Map() });
    socket.on('error', () => {});
    socket.on('close', () => this.asked.forEach(({ reject }) => reject(new Error(`${this.role} ${this.pid} is gone`))));
  }
  answer(line) {
    const { id, ...rest } = JSON.parse(line);
    this.asked.get(id)?.resolve(rest);
    this.asked.delete(id);
  }
  order(order, plan, timeout = 30_000) {
    const id = ++this.seq;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.role} ${this.pid} did not answer "${order}" within ${timeout} ms`)), timeout);
      const ending = settle => value => (clearTimeout(timer), settle(value));
      this.asked.set(id, { resolve: ending(resolve), reject: ending(reject) });
      this.socket.write(JSON.stringify({ id, order, plan }) + '\n');
    });
  }
}

const folders = new Set();
process.on('exit', () => folders.forEach(folder => rmSync(folder, { recursive: true, force: true })));

/** Starts `name` with traffic inside; `{ subject, agent, workers, stop }`. */
export async function startTraffic(name, settings, { workers }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'brood-bench-control-'));
  folders.add(folder);
  const parties = [];
  const server = net.createServer(socket => {
    let rest = '';
    let party;
    socket.on('data', chunk => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (party) party.answer(line);
        else parties.push((party = new Party(socket, JSON.parse(line))));
      }
    });
  });
  server.listen(path.join(folder, 'control'));
  await once(server, 'listening');
  const close = () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
    folders.delete(folder);
  };
  try {
    const subject = await startSubject(name, settings, { workers, env: { BENCH_CONTROL: path.join(folder, 'control') } });
    for (let tries = 0; parties.length < workers + 1; tries++) {
      if (tries > 500) {
        await subject.stop();
        throw new Error(`${name}: only ${parties.length} of ${workers + 1} processes joined the traffic`);
      }
      await sleep(20);
    }
    const stop = async () => {
      await subject.stop();
      close();
    };
    return { name, subject, agent: parties.find(party => party.role === 'agent'), workers: parties.filter(party => party.role === 'app'), stop };
  } catch (error) {
    close();
    throw error;
  }
}
