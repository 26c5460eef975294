/** What the parts of a description must agree on among themselves. */
import type { Span } from '../config/tree.ts';
import type { Draft, DraftModule, RawAddon, RawAutoscaling, RawProcess } from './draft.ts';
import { MOST_PROCESSES } from './limits.ts';
import type { Notebook } from './notebook.ts';
import { checkProcessName } from './parts.ts';
import type { Named } from './readers.ts';

/** Tells each value that was there before. */
function noTwice<T>(rows: readonly T[], keyOf: (row: T) => string | number | undefined, twice: (row: T, key: string | number) => void): void {
  const seen = new Set<string | number>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    if (seen.has(key)) twice(row, key);
    seen.add(key);
  }
}

function autoscalingAgrees(given: RawAutoscaling, notes: Notebook): void {
  const { minReplicas, maxReplicas } = given;
  if (minReplicas === undefined || maxReplicas === undefined || minReplicas <= maxReplicas) return;
  const message = `"${notes.placeIn(given)?.name ?? 'autoscaling'}" has ${minReplicas} replicas at least, and ${maxReplicas} at most`;
  notes.error({ rule: 'autoscaling', message, remedy: 'Raise the most, or lower the least.' }, notes.placeIn(given, 'minReplicas')?.span);
}

function servicesAgree({ name: process, of }: Named<RawProcess>, notes: Notebook): void {
  const { services = [] } = of;
  const twice = (key: 'name' | 'port' | 'targetPort') => (row: object, value: string | number) =>
    notes.error(
      { rule: 'duplicate-service', message: `two services of "${process}" have the ${key} ${value}`, remedy: 'Give each its own.' },
      notes.placeIn(row, key)?.span,
    );
  noTwice(services, ({ name }) => name, twice('name'));
  noTwice(services, ({ targetPort }) => targetPort, twice('targetPort'));
  // One that names no port is reached by its target port.
  noTwice(
    services,
    ({ port, targetPort }) => port ?? targetPort,
    (row, value) => {
      if (row.port !== undefined || services.some(other => other.port === value)) twice('port')(row, value);
    },
  );
}

function hasCommand(given: { readonly command?: readonly string[]; readonly args?: readonly string[]; readonly procCommand?: string }): boolean {
  return given.procCommand !== undefined || (given.command?.length ?? 0) + (given.args?.length ?? 0) > 0;
}

const noCommand = (name: string): Parameters<Notebook['error']>[0] => ({
  rule: 'no-command',
  message: `"${name}" has no command`,
  remedy: 'Add a command: what an image would run by itself is not known here.',
});

function processesAgree(module: DraftModule, version: Draft['version'], notes: Notebook): void {
  const { processes = [] } = module;
  if (processes.length > MOST_PROCESSES) {
    const message = `the module "${module.name}" has ${processes.length} processes, and may have ${MOST_PROCESSES}`;
    notes.error({ rule: 'too-many', message, remedy: 'Take some out.' }, processes[MOST_PROCESSES]?.at);
  }
  noTwice(
    processes,
    ({ name }) => name,
    ({ at }, name) => notes.error({ rule: 'duplicate-name', message: `a second process is called "${name}"`, remedy: 'Rename one of them.' }, at),
  );
  for (const process of processes) {
    checkProcessName(process.name, process.at, notes);
    // In version 2 it is a key that is missing.
    if (version === 3 && !hasCommand(process.of) && notes.placeIn(process.of, 'procCommand') === notes.placeIn(process.of))
      notes.error(noCommand(process.name), process.at);
    if (process.of.autoscaling !== undefined) autoscalingAgrees(process.of.autoscaling, notes);
    servicesAgree(process, notes);
  }
  const exposed = processes.flatMap(({ of }) => of.services ?? []).filter(({ exposedType }) => exposedType !== undefined);
  for (const service of exposed.slice(1))
    notes.error(
      { rule: 'exposed-twice', message: `a second service of the module "${module.name}" is exposed`, remedy: 'Leave one exposedType.' },
      notes.placeIn(service, 'exposedType')?.span,
    );
}

/** The process that a row of an overlay, or a metric, is about. */
function processesKnown(module: DraftModule, notes: Notebook): void {
  const { processes, replicas, plans, autoscaling, metrics } = module;
  if (processes === undefined) return;
  const known = processes.map(({ name }) => name);
  for (const row of [...replicas, ...plans, ...autoscaling, ...metrics]) {
    const { process } = row;
    if (process !== undefined && !known.includes(process))
      notes.unknownName(
        { rule: 'unknown-process', message: `the module "${module.name}" has no process "${process}"` },
        process,
        known,
        notes.placeIn(row, 'process')?.span,
      );
  }
  for (const row of autoscaling) autoscalingAgrees(row, notes);
  const again = (row: object, key: string | number): void => {
    const message = `${String(key).replace(' ', ' of ')} has a second overlay`;
    notes.add('warning', { rule: 'duplicate-overlay', message, remedy: 'The last one counts: take the other out.' }, notes.placeIn(row, 'process')?.span);
  };
  for (const rows of [replicas, plans, autoscaling])
    noTwice(rows, ({ process, envName }) => (process === undefined || envName === undefined ? undefined : `${envName} ${process}`), again);
}

function metricsKnown({ metrics, processes = [] }: DraftModule, notes: Notebook): void {
  for (const metric of metrics) {
    const services = processes.find(({ name }) => name === metric.process)?.of.services?.flatMap(({ name }) => name ?? []);
    const { serviceName } = metric;
    if (services === undefined || serviceName === undefined || services.includes(serviceName)) continue;
    const what = { rule: 'unknown-service', message: `the process "${metric.process ?? ''}" has no service "${serviceName}"` };
    notes.unknownName(what, serviceName, services, notes.placeIn(metric, 'serviceName')?.span);
  }
}

function variablesAgree({ variables }: DraftModule, notes: Notebook): void {
  const placeOfName = (row: object): Span | undefined => notes.placeIn(row, 'name')?.span;
  noTwice(
    variables,
    ({ name, envName = '_global_' }) => (name === undefined ? undefined : `${envName} ${name}`),
    row =>
      notes.add(
        'warning',
        {
          rule: 'duplicate-variable',
          message: `the variable "${row.name ?? ''}" stands here a second time`,
          remedy: 'The last one counts: take the other out.',
        },
        placeOfName(row),
      ),
  );
}

function saasAgrees({ saas }: DraftModule, notes: Notebook): void {
  noTwice(
    saas,
    ({ bkAppCode, moduleName }) => (bkAppCode === undefined ? undefined : `${bkAppCode} ${moduleName ?? ''}`),
    (row, key) =>
      notes.error(
        { rule: 'duplicate-saas', message: `"${String(key).trim()}" stands here a second time`, remedy: 'Take one out.' },
        notes.placeIn(row, 'bkAppCode')?.span,
      ),
  );
}

/** A module may share a service that another one has by itself. */
function sharesAgree(modules: readonly DraftModule[], notes: Notebook): void {
  const names = modules.map(({ name }) => name);
  const refuse = (addon: RawAddon, message: string, remedy: string): void =>
    notes.error({ rule: 'shared-from', message, remedy }, notes.placeIn(addon, 'sharedFromModule')?.span);
  for (const module of modules)
    for (const addon of module.addons) {
      const { sharedFromModule: from, name } = addon;
      if (from === undefined || name === undefined) continue;
      const theirs = modules.find(one => one.name === from);
      const shared = theirs?.addons.find(one => one.name === name);
      if (theirs === undefined)
        notes.unknownName({ rule: 'shared-from', message: `there is no module "${from}"` }, from, names, notes.placeIn(addon, 'sharedFromModule')?.span);
      else if (theirs === module) refuse(addon, `the module "${from}" shares "${name}" with itself`, 'Take it out.');
      else if (shared === undefined) refuse(addon, `the module "${from}" has no "${name}" to share`, `Add it there, or take it out here.`);
      else if (shared.sharedFromModule !== undefined)
        refuse(addon, `the module "${from}" has "${name}" from "${shared.sharedFromModule}" itself`, `Share it from ${shared.sharedFromModule}.`);
    }
}

function defaultAgrees(modules: readonly DraftModule[], notes: Notebook): void {
  const defaults = modules.filter(({ isDefault }) => isDefault);
  if (defaults.length === 0) notes.error({ rule: 'default-module', message: 'no module is the default', remedy: 'Say so of one of them.' }, modules[0]?.at);
  for (const { name, at } of defaults.slice(1))
    notes.error({ rule: 'default-module', message: `"${name}" is a second default module`, remedy: 'Leave one of them.' }, at);
}

/** Looks at all that the readers could not see, as each of them has one value before it. */
export function checkDraft({ version, modules, isSeveral }: Draft, notes: Notebook): void {
  for (const module of modules) {
    processesAgree(module, version, notes);
    processesKnown(module, notes);
    metricsKnown(module, notes);
    variablesAgree(module, notes);
    saasAgrees(module, notes);
    if (module.preRelease !== undefined && !hasCommand(module.preRelease)) notes.error(noCommand('preRelease'), notes.placeIn(module.preRelease)?.span);
  }
  if (!isSeveral || modules.length === 0) return;
  noTwice(
    modules,
    ({ name }) => name,
    ({ at }, name) => notes.error({ rule: 'duplicate-name', message: `a second module is called "${name}"`, remedy: 'Rename one of them.' }, at),
  );
  defaultAgrees(modules, notes);
  sharesAgree(modules, notes);
}
