import type { ScheduleFile } from 'brood';

/** One worker a day, at six in the morning in Berlin; a day on which nothing ran then is made up for. */
export default {
  schedule: { cron: '0 6 * * *', timeZone: 'Europe/Berlin', catchUp: 'once', overlap: 'skip' },
  async task({ logger, tick, signal }) {
    signal.throwIfAborted();
    logger.info('the report of %s', tick.toISOString().slice(0, 10));
  },
} satisfies ScheduleFile;
