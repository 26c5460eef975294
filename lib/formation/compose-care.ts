/** How a service of docker-compose.yml is watched over and started again, in keys of ours. */
import { composeTime } from './compose-service.ts';
import type { Foreign } from './foreign.ts';
import type { Fields } from './imported.ts';
import { ONCE, unsaid } from './import-order.ts';

const LONGEST_SECONDS = 86_400;

/** Seconds of a time; nothing for what is out of the bounds of a probe. */
const secondsOf = (service: Foreign, key: string, least: number): number | undefined => {
  const time = composeTime(service.text(key));
  const seconds = time === undefined ? undefined : time / 1000;
  return seconds === undefined || seconds < least || seconds > LONGEST_SECONDS ? undefined : seconds;
};

function checkIn(service: Foreign): string | readonly string[] | undefined {
  const words = service.words('healthcheck.test');
  const line = words === undefined ? service.text('healthcheck.test') : words[0] === 'CMD-SHELL' ? words.slice(1).join(' ') : undefined;
  if (line !== undefined) return line.trim() === '' || line.includes('\0') ? undefined : line.replaceAll('$$', '$');
  if (words?.[0] !== 'CMD' || words.length < 2) return undefined;
  const command = words.slice(1);
  return command.some(word => word === '' || word.includes('\0')) ? undefined : command.map(word => word.replaceAll('$$', '$'));
}

const isOff = (service: Foreign): boolean => service.is('healthcheck.disable', true) || service.words('healthcheck.test')?.[0] === 'NONE';

/** Whether it has a health check that can be asked here. */
export const isChecked = (service: Foreign): boolean => checkIn(service) !== undefined && !isOff(service);

/** A health check is asked before something is started after it, and says whether it can serve. */
export function probesOf(service: Foreign, { port, instances = 1 }: Fields): Fields {
  const command = checkIn(service);
  const off = isOff(service);
  service.tell('healthcheck.disable', 'unneeded', 'there is no check where none is asked for');
  service.tell('healthcheck.start_interval', 'unneeded', 'until it is ready it is asked every second');
  if (command === undefined || off) {
    service.tell(
      'healthcheck.test',
      off ? 'unneeded' : 'unsupported',
      off ? 'there is no check where none is asked for' : 'no command: it is one of the image',
    );
    for (const key of ['interval', 'timeout', 'retries', 'start_period']) service.tell(`healthcheck.${key}`, 'unneeded', 'there is no check');
    return {};
  }
  // In each container it is the same port; here each instance has one of its own.
  const isOfFirst = typeof port === 'number' && typeof instances === 'number' && instances > 1 && new RegExp(`\\b${port}\\b`).test(String(command));
  service.tell(
    'healthcheck.test',
    isOfFirst ? 'changed' : 'mapped',
    isOfFirst ? `probes.readiness.exec: ${port} is the port of the first instance; let it ask $PORT, that of each` : 'probes.readiness.exec',
  );
  const period = secondsOf(service, 'healthcheck.interval', 0.1);
  const timeout = secondsOf(service, 'healthcheck.timeout', 0.1);
  const delay = secondsOf(service, 'healthcheck.start_period', 0);
  const failures = service.number('healthcheck.retries', 1, 1000);
  if (period !== undefined) service.tell('healthcheck.interval', 'mapped', 'probes.readiness.periodSeconds');
  if (timeout !== undefined) service.tell('healthcheck.timeout', 'mapped', 'probes.readiness.timeoutSeconds');
  if (failures !== undefined) service.tell('healthcheck.retries', 'mapped', 'probes.readiness.failureThreshold');
  if (delay !== undefined) service.tell('healthcheck.start_period', 'changed', 'probes.readiness.initialDelaySeconds: it is not asked before');
  return {
    probes: {
      readiness: {
        exec: { command },
        // As docker compose has it, where the file says nothing.
        periodSeconds: period ?? 30,
        timeoutSeconds: timeout ?? 30,
        ...(failures === undefined ? {} : { failureThreshold: failures }),
        ...(delay === undefined ? {} : { initialDelaySeconds: delay }),
      },
    },
  };
}

const WHEN: Readonly<Record<string, 'always' | 'on-failure' | 'never'>> = {
  no: 'never',
  false: 'never',
  none: 'never',
  always: 'always',
  any: 'always',
  'unless-stopped': 'always',
  'on-failure': 'on-failure',
};
const POLICY = /^([a-z-]+)(?::(\d{1,9}))?$/;

/** What follows when it ends by itself. */
export function restartOf(service: Foreign, isAwaited: boolean): Fields {
  const key = service.has('deploy.restart_policy.condition') ? 'deploy.restart_policy.condition' : 'restart';
  const [, word = '', retries] = POLICY.exec(service.text(key) ?? '') ?? [];
  const when = Object.hasOwn(WHEN, word) ? WHEN[word] : undefined;
  const intensity = retries === undefined ? service.number('deploy.restart_policy.max_attempts', 0, 1e9) : Number(retries);
  const backoff = composeTime(service.text('deploy.restart_policy.delay'));
  if (key !== 'restart') service.tell('restart', 'unneeded', 'deploy.restart_policy goes before it');
  if (!service.has(key)) service.add('restart', ...unsaid(isAwaited, 'docker compose'));
  if (isAwaited && when === 'always') service.tell(key, 'changed', ONCE);
  service.tell(key, when === undefined ? 'unsupported' : 'mapped', when === undefined ? 'no policy that is known' : `restart.when: ${when}`);
  if (intensity !== undefined)
    service.tell('deploy.restart_policy.max_attempts', 'changed', 'restart.intensity: so many failed boots in a row; then it is tried more slowly');
  if (backoff !== undefined) service.tell('deploy.restart_policy.delay', 'changed', 'restart.backoff: the first delay, which doubles');
  service.tell('deploy.restart_policy.window', 'unneeded', 'an instance counts from when it is ready');
  return {
    restart: {
      ...(when === undefined || when === 'always' ? {} : { when }),
      ...(intensity === undefined ? {} : { intensity }),
      ...(backoff === undefined || backoff === 0 ? {} : { backoff }),
    },
  };
}
