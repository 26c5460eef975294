/** What egg-cluster asks of a framework: an Application and an Agent that are ready. */
const { EventEmitter } = require('node:events');
const { boot, handler } = require('../handler.cjs');

class Unit extends EventEmitter {
  constructor(options) {
    super();
    this.options = options;
    this.config = { cluster: { listen: { port: options.port, hostname: '127.0.0.1' } } };
  }
  ready(listener) {
    setImmediate(() => listener());
  }
  close() {}
}

exports.Application = class extends Unit {
  constructor(options) {
    super(options);
    boot();
  }
  callback() {
    return handler;
  }
};
exports.Agent = class extends Unit {
  constructor(options) {
    super(options);
    // Egg's agent keeps its process alive; so does the IPC listener of this one.
    process.on('message', () => {});
  }
};
