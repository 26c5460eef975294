/** Names of services, which are hosts in the network of docker compose, and none on a machine. */
import type { Foreign, Variables } from './foreign.ts';

const escaped = (name: string): string => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
/** `redis://redis`, `me@redis/0`, `redis:6379`. */
const isHostIn = (name: string, text: string): boolean =>
  new RegExp(`(?:(?:://|@)${escaped(name)}(?![\\w.-])|(?<![\\w./@-])${escaped(name)}:\\d{1,5}(?!\\d))`).test(text);
const OF_A_HOST = /HOST(?:NAME)?S?$/i;

const noted = (service: Foreign, key: string, hosts: readonly string[]): void => {
  for (const host of hosts) service.add(key, 'unsupported', `${host} is no name of a host here: it is this machine, localhost`);
};

/** Tells where a service names another one as a host. */
export function tellHosts(service: Foreign, run: { readonly command: string; readonly env: Variables }, names: readonly string[]): void {
  noted(
    service,
    'command',
    names.filter(name => isHostIn(name, run.command)),
  );
  for (const [variable, value] of Object.entries(run.env))
    noted(
      service,
      `environment.${variable}`,
      names.filter(name => isHostIn(name, String(value)) || (value === name && OF_A_HOST.test(variable))),
    );
}
