/** The source of `brood top` that is a master, and after its end the next one of that directory. */
import type { ControlEvent, LogLine } from '../../daemon/api.ts';
import type { ControlClient } from '../../daemon/control-client.ts';
import type { TopSource } from './source.ts';

const KINDS: readonly ControlEvent['kind'][] = ['instance', 'log', 'state'];

/** Lines that are there when it begins. */
const RECENT = 200;

/** `again`: finds the master that runs now; rejects when none does. */
export function sourceOf(first: ControlClient, again: () => Promise<ControlClient>): TopSource {
  let client = first;
  return {
    async status() {
      try {
        return await client.status();
      } catch {
        client = await again();
        return client.status();
      }
    },
    inspect: name => client.inspect(name),
    async recent() {
      const lines: LogLine[] = [];
      // What the master answers is what api.ts says: both are of one package.
      for await (const line of client.lines(`/v1/logs?lines=${RECENT}`)) lines.push(line as LogLine);
      return lines;
    },
    events(listener, ended) {
      const abort = new AbortController();
      const listen = async (): Promise<void> => {
        for await (const event of client.events(KINDS, abort.signal)) listener(event);
      };
      void listen()
        .catch(() => {})
        .finally(ended);
      return { close: () => abort.abort() };
    },
    reload: () => client.order('reload', {}),
    restart: name => client.order('restart', { targets: [name] }),
    scale: (type, quantity) => client.order('scale', { formation: [`${type}=${quantity}`] }),
    stop: type => client.order('stop', { targets: [type] }),
  };
}
