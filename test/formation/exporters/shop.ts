/** An application as exporters take it, of which a test changes what it is about. */
import type { ExportedApp, ExportedProcess } from '../../../lib/formation/exporters/model.ts';

/** What clients come to. */
export const WEB: ExportedProcess = {
  type: 'web',
  command: 'exec node server.js "$PORT"',
  instances: 2,
  env: {},
  cwd: '/srv/shop',
  port: 5000,
  isEntry: true,
  drainTimeout: 30_000,
  killTimeout: 5000,
  after: [],
};

export const shop = (...processes: readonly ExportedProcess[]): ExportedApp => ({
  name: 'shop',
  baseDir: '/srv/shop',
  environment: { NODE_ENV: 'production' },
  processes,
});
