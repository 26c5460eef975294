/** docker-compose.yml → a brood.config.yaml: its services as process types, with a word for each key that has no equal. */
import { basename } from 'node:path';
import { BroodError } from '../errors.ts';
import { isRecord } from '../policy/rules.ts';
import { isChecked, probesOf, restartOf } from './compose-care.ts';
import { tellHosts } from './compose-hosts.ts';
import { COMPOSE, COMPOSE_TOP } from './compose-keys.ts';
import { commandOf, runOf } from './compose-service.ts';
import { Foreign, named } from './foreign.ts';
import { freeTypes, nameOf, ownType, textOf, topNotes } from './imported.ts';
import type { Fields, Imported, Origin } from './imported.ts';
import { orderOf } from './import-order.ts';
import type { Conditions, Grammar } from './import-order.ts';

const CONDITIONS: Conditions = {
  service_started: ['started', 'mapped', 'after'],
  service_healthy: ['ready', 'mapped', 'after: that one is ready by its readiness probe'],
  service_completed_successfully: ['completed', 'mapped', 'after: completed'],
};

/** The services that one waits for, and until when: a list, or an object with conditions. */
function dependenciesOf(service: Foreign): readonly (readonly [string, string])[] {
  const given = service.get('depends_on');
  if (Array.isArray(given)) return given.filter(name => typeof name === 'string').map(name => [name, 'service_started']);
  if (!isRecord(given)) return [];
  for (const [name, one] of Object.entries(given))
    if (isRecord(one) && one['restart'] === true)
      service.add(`depends_on.${named(name)}.restart`, 'unsupported', 'it is not started anew because another one is');
  return Object.entries(given).map(([name, one]) => [name, isRecord(one) && typeof one['condition'] === 'string' ? one['condition'] : 'service_started']);
}

const GRAMMAR: Grammar = { conditions: CONDITIONS, dependenciesOf, isChecked, absent: 'it is none of these processes: start it by itself' };

/**
 * The configuration file that says what a docker-compose.yml says.
 *
 * @throws BROOD_IMPORT_EMPTY
 */
export function importCompose(given: unknown, { file }: Origin): Imported {
  const services = isRecord(given) && isRecord(given['services']) ? given['services'] : {};
  const all = Object.entries(services).flatMap(([name, one]) => (isRecord(one) ? [new Foreign(name, one, COMPOSE)] : []));
  if (all.length === 0) throw new BroodError('BROOD_IMPORT_EMPTY', { file, expected: 'A compose file has { services: { … } }.' });
  const runnable = all.flatMap(service => {
    const command = commandOf(service);
    return command === undefined ? [] : [{ service, command }];
  });
  const names = all.map(({ name }) => name);
  const taken = new Set(runnable.map(({ service }) => service.name));
  const types = freeTypes([...taken]);
  const order = orderOf(
    runnable.map(({ service }) => service),
    GRAMMAR,
  );
  const processes = runnable.map(({ service, command }): readonly [string, Fields] => {
    const { name } = service;
    const run = runOf(service);
    tellHosts(service, { command, env: run.env }, names);
    const fields = { command, ...run, ...order.after(name, types), ...probesOf(service, run), ...restartOf(service, order.isAwaited(name)) };
    return [types.get(service.name) ?? service.name, fields];
  });
  for (const service of all) {
    if (!taken.has(service.name)) service.leaveOut(`this service is left out: what it runs stands in its image ${service.text('image') ?? ''}`.trim());
    service.tellRest();
  }
  const top = isRecord(given) ? topNotes(given, ['services', 'name'], COMPOSE_TOP) : [];
  return {
    text: textOf(
      { ...nameOf(given), ...ownType(types), processes: Object.fromEntries(processes) },
      { from: `From ${basename(file)} of docker compose, by brood import compose.` },
    ),
    notes: [...all.flatMap(({ notes }) => notes), ...top],
    types: processes.map(([type]) => type),
  };
}
