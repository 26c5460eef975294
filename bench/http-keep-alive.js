/** Keep-alive requests: 2 workers, 64 connections; CPU of the whole server per 100,000 requests. */
import { measureHttp } from './lib/http-row.js';
import { ratio, runAlone, target } from './lib/row.js';

export const row = {
  name: 'http-keep-alive',
  about:
    'Keep-alive requests, 2 workers, 64 connections, closed loop; server on one core, client on the other. raw-http ×2: two single servers without a cluster, each with half of the connections, so one of its processes carries what one worker carries.',
  async measure(settings) {
    const { median, table } = await measureHttp(['raw-http', 'raw-http ×2', 'raw-none', 'raw-rr', 'egg', 'pm2', 'brood', 'brood-observed'], settings, {
      short: false,
    });
    const ours = median.brood?.cpu;
    return {
      tables: [table],
      targets: [
        target('server CPU per 100k ÷ raw node:http per process', ratio(ours, median['raw-http ×2']?.cpu), { most: 1.05 }),
        target('server CPU per 100k, counted ÷ not counted', ratio(median['brood-observed']?.cpu, ours), { most: 1.02 }),
      ],
    };
  },
};

await runAlone(row, import.meta);
