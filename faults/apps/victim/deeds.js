/** What a victim does to itself when it is told to: each deed is one fault. */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';

/** Messages that node:cluster and node:child_process trust, and that no application should be able to send. */
export const CRAFTED = [
  { cmd: 'NODE_CLUSTER', act: 'queryServer', key: 'x', seq: 1, address: '127.0.0.1', port: 1, addressType: 4 },
  { cmd: 'NODE_CLUSTER', act: 'queryServer' },
  { cmd: 'NODE_CLUSTER', act: 'queryServer', address: null, port: -5, addressType: 99, index: {}, flags: 'x' },
  { cmd: 'NODE_CLUSTER', act: 'close', key: 'nothing' },
  { cmd: 'NODE_CLUSTER', act: 'listening', addressType: 4, address: null, port: 80 },
  { cmd: 'NODE_CLUSTER', act: 'accepted' },
  { cmd: 'NODE_CLUSTER', ack: 1 },
  { cmd: 'NODE_CLUSTER', act: '__proto__' },
  { cmd: 'NODE_HANDLE_ACK' },
  { cmd: 'NODE_HANDLE_NACK' },
  { cmd: 'NODE_HANDLE', type: 'net.Nonsense', msg: {} },
  { cmd: 'NODE_HANDLE', type: 'net.Socket' },
  { brood: { kind: 'listen', seq: -1, want: null } },
  { brood: { kind: '__proto__' } },
  { brood: null },
];

const channel = () => process.channel?.fd ?? 3;

/** Writes all bytes to a descriptor that does not block; how many were taken. */
function writeAll(fd, bytes, within = 5000) {
  const end = Date.now() + within;
  let at = 0;
  while (at < bytes.length && Date.now() < end) {
    try {
      at += writeSync(fd, bytes, at, Math.min(65_536, bytes.length - at));
    } catch (error) {
      if (error.code !== 'EAGAIN') break;
    }
  }
  return at;
}

export const deeds = {
  throw: () =>
    void setImmediate(() => {
      throw new Error('thrown on demand');
    }),
  'throw-twice': () => {
    deeds.throw();
    setTimeout(deeds.throw, 200);
  },
  reject: () => void Promise.reject(new Error('rejected on demand')),
  exit: ({ code = '0' } = {}) => void setImmediate(() => process.exit(Number(code))),
  loop: () =>
    void setImmediate(() => {
      for (;;);
    }),
  oom: () => {
    const kept = [];
    setInterval(() => {
      for (let count = 0; count < 20; count++) kept.push(Array.from({ length: 20_000 }, () => ({ some: 'thing' })));
    }, 1);
  },
  /** Outside of the heap, and touched, so that the kernel has to give it. */
  buffers: () => {
    const kept = [];
    setInterval(() => kept.push(Buffer.alloc(8 * 1024 * 1024, 1)), 5);
  },
  abort: () => void setImmediate(() => process.abort()),
  disconnect: () => void setImmediate(() => process.disconnect()),
  deaf: () => {
    process.removeAllListeners('SIGTERM');
    process.on('SIGTERM', () => {});
    process.removeAllListeners('message');
    process.removeAllListeners('disconnect');
    setInterval(() => {}, 1000);
  },
  detached: () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    child.unref();
    return child.pid;
  },
  /** A shell in the process group of the terminal. */
  shell: () => spawn('/bin/sh', ['-c', 'sleep 600; true'], { stdio: 'ignore' }).pid,
  /** Each is an orphan as soon as it runs, and ends with 3. */
  orphans: ({ count = '100' } = {}) => {
    const line = `i=0; while [ $i -lt ${Number(count)} ]; do (sh -c 'sleep 2; exit 3' &); i=$((i+1)); done; sleep 1`;
    spawn('/bin/sh', ['-c', line], { stdio: 'ignore' }).unref();
  },
  /** No line feed in so many bytes of standard output. */
  line: ({ bytes = '1000' } = {}) => writeAll(1, Buffer.alloc(Number(bytes), 'x'), 20_000),
  say: ({ text = '' } = {}) => void process.stdout.write(`${text}\n`),
  /** Every byte there is, a sequence of UTF-8 that ends too early, and a carriage return. */
  binary: () =>
    writeAll(
      1,
      Buffer.concat([Buffer.from('<<'), Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), Buffer.from([0xe2, 0x82, 0x0d]), Buffer.from('>>')]),
    ),
  flood: ({ ms = '3000' } = {}) => {
    const chunk = Buffer.alloc(1024 * 1024, 'some line of the flood\n');
    const end = Date.now() + Number(ms);
    const pour = () => Date.now() < end && process.stdout.write(chunk, () => setImmediate(pour));
    pour();
  },
  'close-output': () => {
    closeSync(1);
    closeSync(2);
  },
  crafted: ({ number = '0' } = {}) => void process.send(CRAFTED[Number(number)]),
  garbage: () => writeAll(channel(), Buffer.from('this is {no JSON\n')),
  'garbage-long': () => writeAll(channel(), Buffer.alloc(100 * 1024 * 1024, 'x')),
};
