'use strict';
/** Preloaded: when the process ends it writes how much memory it had at most, in KiB, to the file that BENCH_PEAK names. */
process.on('exit', () => require('node:fs').writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));
