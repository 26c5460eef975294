import { join } from 'node:path';

export default ({ baseDir }) => ({
  logger: {
    level: 'info',
    dir: process.env.LOG_DIR ?? join(baseDir, 'logs'),
    file: 'app.log',
    loggers: {
      // In its file only: a logger with a name and a file is silent on the console.
      access: { file: 'access.log' },
    },
    rotate: { every: 'day', size: '100m', maxDays: 14, gzip: true },
  },
});
