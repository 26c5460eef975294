/** What a worker does with its messenger when a request orders it; each answers what came of it. */
const codeOf = async send => {
  try {
    return await send();
  } catch (error) {
    return { code: error.code ?? error.name, message: error.message };
  }
};

export const mail = {
  ask: (messenger, { to = 'agent', action }) => messenger.request(to, action),
  flood: (messenger, { count }) => messenger.request('agent', 'flood', Number(count), { timeout: 120_000 }),
  counters: messenger => messenger.counters,
  /** A message beyond the limit; how long the loop stood still for it. */
  async large(messenger, { bytes }) {
    const content = Buffer.alloc(Number(bytes), 1);
    const start = performance.now();
    const outcome = await codeOf(() => messenger.sendToAgent('count', content));
    return { outcome, milliseconds: performance.now() - start };
  },
  async odd(messenger) {
    const circular = {};
    circular.self = circular;
    const send = content => codeOf(() => messenger.sendToAgent('count', content));
    return {
      circular: await send(circular),
      bigint: await send({ value: 10n }),
      undefined: await send(undefined),
      function: await send({ deep: { listener() {} } }),
      symbol: await send([Symbol('odd')]),
    };
  },
  /** Sends what would change prototypes if somebody merged it, to itself. */
  async pollute(messenger) {
    const content = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    messenger.handle('pollute', received => ({
      own: Object.hasOwn(received, '__proto__'),
      polluted: String({}.polluted),
      prototype: Object.getPrototypeOf(received) === Object.prototype,
    }));
    return messenger.request(process.pid, 'pollute', content);
  },
  /** Action names that mean something to an emitter or to Egg. */
  async names(messenger) {
    const names = ['error', 'newListener', 'removeListener', 'toString', '__proto__', 'constructor', 'hasOwnProperty'];
    const heard = [];
    for (const name of names) {
      await new Promise(resolve => {
        messenger.once(name, content => {
          if (content === name) heard.push(name);
          resolve();
        });
        void messenger.sendTo(process.pid, name, name);
      });
    }
    let readyCalls = 0;
    messenger.on('ready', () => readyCalls++);
    const refusal = await codeOf(() => messenger.sendTo(process.pid, 'ready', 'not everyone'));
    process.emit('message', { action: 'ready', data: 'not everyone' });
    await new Promise(resolve => setTimeout(resolve, 50));
    return { sent: names.length, heard: heard.length, readyCalls, refusal: refusal.code };
  },
  to: (messenger, { pid }) => messenger.sendTo(Number(pid), 'count', 1),
  /** So many messages to one receiver, without waiting. */
  async many(messenger, { pid, count, bytes = '100' }) {
    const before = messenger.counters.dropped;
    let delivered = 0;
    let dropped = 0;
    let pending = 0;
    const content = 'x'.repeat(Number(bytes));
    for (let number = 0; number < Number(count); number++) {
      pending++;
      const note = outcome => {
        pending--;
        delivered += outcome.delivered;
        dropped += outcome.dropped;
      };
      void messenger.sendTo(Number(pid), 'count', content).then(note);
      if (number % 10_000 === 0) await new Promise(setImmediate);
    }
    await new Promise(resolve => setTimeout(resolve, 500));
    return { delivered, dropped, pending, counted: messenger.counters.dropped - before, rss: process.memoryUsage.rss() };
  },
};
