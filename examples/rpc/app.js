import { setTimeout as wait } from 'node:timers/promises';
import { serveRpc } from 'brood/rpc';

/** Methods of msgpack-rpc, served by every worker on the port of the cluster. */
export default app =>
  serveRpc({
    add: (a, b) => a + b,
    whoami: () => `app.${app.slot}`,
    user: {
      /** @param {number} id */
      get: async id => {
        await wait(10);
        if (id > 1000) throw Object.assign(new Error(`there is no user ${id}`), { code: 'E_NO_USER' });
        return { id, name: `user ${id}` };
      },
    },
  });
