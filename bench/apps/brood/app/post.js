/** Brood's messenger as the bench's traffic wants it. */
const { join } = require('../../../inside/traffic.js');

/** Joins the bench's traffic once everyone is ready. */
module.exports = function joinTraffic(unit, role) {
  if (!process.env.BENCH_CONTROL) return;
  const { messenger } = unit;
  const send = (to, action, data) => {
    if (to === 'agent') return messenger.sendToAgent(action, data);
    if (to === 'app') return messenger.sendToApp(action, data);
    return messenger.sendTo(to, action, data);
  };
  const post = { address: role === 'agent' ? 'agent' : process.pid, send, on: (action, listener) => messenger.on(action, listener) };
  messenger.once('ready', () => join(post, role));
};
