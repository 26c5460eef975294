/** What is taken where a configuration says nothing; whoever acts on a key reads it here. Times are in milliseconds, sizes in bytes. */
export const DEFAULTS = {
  type: 'web',
  canary: true,
  canaryTime: 3000,
  jitter: 0.1,
  hangWarn: 1000,
  hangKill: 9000,
  onCrashLoop: 'keep',
  instances: 1,
  killTimeout: 5000,
  restart: { when: 'always' },
  onExit: 'ignore',
  /** Percent of a core: as the default policy of BlueKing. */
  autoscale: { min: 1, cpu: 85 },
  logs: { dir: '.brood/logs', maxSize: 10 * 1024 ** 2, maxFiles: 10, maxDays: 31, compress: false },
} as const;
