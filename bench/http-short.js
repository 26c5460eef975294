/** One connection per request: 2 workers, 64 at a time; CPU of the whole server, and of its master, per 100,000 requests. */
import { measureHttp } from './lib/http-row.js';
import { ratio, runAlone, target } from './lib/row.js';

export const row = {
  name: 'http-short',
  about: 'One connection per request (`Connection: close`), 2 workers, 64 at a time, closed loop; server on one core, client on the other.',
  async measure(settings) {
    const { median, table } = await measureHttp(['raw-http', 'raw-none', 'raw-rr', 'egg', 'pm2', 'brood'], settings, { short: true });
    const ours = median.brood;
    return {
      tables: [table],
      targets: [
        target('server CPU per 100k ÷ egg-cluster', ratio(ours?.cpu, median.egg?.cpu), { most: 0.4 }),
        target('server CPU per 100k ÷ pm2', ratio(ours?.cpu, median.pm2?.cpu), { most: 0.4 }),
        target('server CPU per 100k ÷ shared-socket raw cluster', ratio(ours?.cpu, median['raw-none']?.cpu), { most: 1.05 }),
        target("master's share of the server CPU", ratio(ours?.master, ours?.cpu), { most: 0.01 }),
      ],
    };
  },
};

await runAlone(row, import.meta);
