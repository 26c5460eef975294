/** The smallest framework that egg-cluster accepts: an Application, an Agent, and a messenger that does what Egg's does. */
const { EventEmitter } = require('node:events');
const { createRequire } = require('node:module');
const path = require('node:path');
const { handler, watch } = require('../../inside/handler.js');
const { fact } = require('../../inside/facts.js');
const { join } = require('../../inside/traffic.js');

/** Egg's way: one envelope per message through sendmessage to the master, which routes it; nothing tells the sender how it went. */
class Messenger extends EventEmitter {
  constructor() {
    super();
    this.sendmessage = createRequire(createRequire(path.join(process.env.BENCH_CACHE, 'package.json')).resolve('egg-cluster'))('sendmessage');
    process.on('message', message => typeof message?.action === 'string' && this.emit(message.action, message.data));
  }
  send(to, action, data) {
    this.sendmessage(process, typeof to === 'number' ? { action, data, receiverPid: String(to) } : { action, data, to });
  }
}

class Unit extends EventEmitter {
  constructor(options, role) {
    super();
    this.options = options;
    this.config = { cluster: { listen: { port: options.port, hostname: '127.0.0.1' } } };
    if (!process.env.BENCH_CONTROL) return;
    const messenger = new Messenger();
    const post = {
      address: role === 'agent' ? 'agent' : process.pid,
      send: (to, action, data) => messenger.send(to, action, data),
      on: (action, listener) => messenger.on(action, listener),
    };
    messenger.once('egg-ready', () => join(post, role));
  }
  ready(listener) {
    setImmediate(() => listener());
  }
  close() {}
}

class Application extends Unit {
  constructor(options) {
    super(options, 'app');
    this.once('server', watch);
  }
  callback() {
    return handler;
  }
}

class Agent extends Unit {
  constructor(options) {
    super(options, 'agent');
    fact('agent');
    // Egg's agent keeps its process alive; so does the IPC listener of this one.
    process.on('message', () => {});
  }
}

module.exports = { Application, Agent };
