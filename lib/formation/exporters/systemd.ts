/** A unit of systemd for one master: systemd starts, watches and stops it, the master does the rest (systemd.service(5), systemd.exec(5)). */
import { word } from './systemd-word.ts';

export interface UnitOptions {
  /** Of the application. */
  readonly name: string;
  readonly baseDir: string;
  /** The program and its words: node, the entry of Brood, `start`, flags. */
  readonly command: readonly string[];
  readonly user: string | undefined;
  /** Environment variables beyond those of systemd. */
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds that a stop may take. */
  readonly stopTimeout: number;
}

/** The text of NAME.service. */
export function systemdUnit({ name, baseDir, command, user, environment, stopTimeout }: UnitOptions): string {
  const variables = Object.entries(environment).map(([key, value]) => `Environment=${word(`${key}=${value}`, false)}`);
  return [
    '[Unit]',
    `Description=${name.replaceAll('%', '%%')}`,
    'After=network-online.target',
    'Wants=network-online.target',
    '',
    '[Service]',
    'Type=notify',
    'NotifyAccess=all',
    `WorkingDirectory=${baseDir.replaceAll('%', '%%')}`,
    `ExecStart=${command.map(one => word(one)).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    ...(user === undefined ? [] : [`User=${user}`]),
    ...variables,
    'Restart=always',
    'RestartSec=1',
    // What is still there after that is left to systemd.
    `TimeoutStopSec=${stopTimeout}`,
    'KillMode=mixed',
    'WatchdogSec=30',
    'LimitNOFILE=65536',
    'OOMPolicy=continue',
    'NoNewPrivileges=yes',
    'PrivateTmp=yes',
    'ProtectSystem=full',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}
