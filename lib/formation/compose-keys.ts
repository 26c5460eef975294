/** The keys of a service in docker-compose.yml: which of them are looked at, and what becomes of the others. */
import type { Dialect, Fates } from './foreign.ts';

const CONTAINER = 'there is no container around a process';
const NETWORK = 'processes share the network of the machine';
const RIGHTS = 'a process has the rights of the user that the master runs as: daemon.user';
const CPU = 'cpuAffinity binds processes to CPUs, nice gives them priority; shares of a CPU there are not';

const all = (keys: string, outcome: 'unneeded' | 'unsupported', note: string): Fates => Object.fromEntries(keys.split(' ').map(key => [key, [outcome, note]]));

const FATES: Fates = {
  ...all('container_name hostname domainname', 'unneeded', 'a process type has the name that it has here'),
  ...all('labels annotations label_file deploy.labels', 'unneeded', 'for tools around containers'),
  ...all('networks network_mode dns dns_opt dns_search links external_links mac_address expose', 'unneeded', NETWORK),
  ...all('extra_hosts', 'unsupported', 'names of hosts belong into /etc/hosts'),
  ...all('cap_add cap_drop privileged security_opt userns_mode group_add read_only credential_spec devices device_cgroup_rules', 'unsupported', RIGHTS),
  ...all('cgroup cgroup_parent ipc isolation pid uts runtime init platform pull_policy sysctls storage_opt provider', 'unneeded', CONTAINER),
  ...all('cpus cpu_count cpu_percent cpu_shares cpu_period cpu_quota cpu_rt_runtime cpu_rt_period cpuset', 'unsupported', CPU),
  ...all('deploy.resources.limits.cpus deploy.resources.reservations deploy.resources.limits.pids pids_limit blkio_config', 'unsupported', CPU),
  ...all('deploy.mode deploy.placement deploy.endpoint_mode deploy.update_config deploy.rollback_config', 'unneeded', 'of a swarm'),
  ...all('mem_reservation mem_swappiness memswap_limit oom_kill_disable oom_score_adj shm_size tmpfs', 'unsupported', CONTAINER),
  ...all('configs secrets', 'unsupported', 'a process reads its files where they are'),
  ...all('volumes_from', 'unsupported', CONTAINER),
  ...all('tty', 'unsupported', 'a process has no terminal of its own: brood attach is a line to its standard input'),
  ...all('attach', 'unneeded', 'of docker compose up'),
  ...all('logging', 'unneeded', 'output is kept, with its time, and rotated: daemon.logs'),
  ...all('extends', 'unsupported', 'docker compose config writes out what is behind it: import that'),
  ...all('develop', 'unsupported', 'in development: brood dev follows saved files'),
  ...all('post_start pre_stop', 'unsupported', 'let the command do it'),
  ...all('build', 'unneeded', 'no image is built'),
  ...all('ulimits', 'unsupported', 'limits.nofile and limits.core'),
  ...all('user', 'unsupported', 'all processes of a master are of one user: daemon.user'),
  ...all('gpus models use_api_socket', 'unsupported', CONTAINER),
};

const OPENED = 'healthcheck deploy deploy.resources deploy.resources.limits deploy.restart_policy';
const USED =
  'command entrypoint image environment env_file depends_on restart scale stdin_open ports profiles working_dir volumes stop_grace_period stop_signal mem_limit ' +
  'deploy.replicas deploy.resources.limits.memory deploy.restart_policy.condition deploy.restart_policy.delay deploy.restart_policy.max_attempts ' +
  'deploy.restart_policy.window healthcheck.test healthcheck.interval healthcheck.timeout healthcheck.retries healthcheck.start_period ' +
  'healthcheck.start_interval healthcheck.disable';

export const COMPOSE: Dialect = { opened: new Set(OPENED.split(' ')), used: USED.split(' '), fates: FATES, tool: 'docker compose' };

/** What may stand beside `services`. */
export const COMPOSE_TOP: Fates = {
  version: ['unneeded', 'docker compose does not look at it either'],
  networks: ['unneeded', NETWORK],
  volumes: ['unneeded', 'directories are where they are'],
  configs: ['unsupported', 'a process reads its files where they are'],
  secrets: ['unsupported', 'a process reads its files where they are'],
  include: ['unsupported', 'docker compose config writes out what is behind it: import that'],
  models: ['unsupported', CONTAINER],
};
