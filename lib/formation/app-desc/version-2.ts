/** Version 2 of a description: keys in snake_case, processes and modules by name. */
import type { Span } from '../config/tree.ts';
import type { Draft, DraftModule, RawAddon, RawProcess, RawSaas, RawEnvVariable } from './draft.ts';
import { LONGEST_MODULE_NAME, MODULE_NAME, MOST_MODULES, PLANS_2 } from './limits.ts';
import type { Notebook } from './notebook.ts';
import { description, language, plainPort, probes, sourceDir, variableName, variableValue } from './parts.ts';
import { freeObject, object } from './objects.ts';
import { byName, choice, flag, list, refined, text, textOr, whole } from './readers.ts';
import type { Named, Reader } from './readers.ts';
import type { Node } from '../config/tree.ts';
import { kept, readTop } from './top.ts';
import type { VersionRule } from './top.ts';

type Process2 = Pick<RawProcess, 'procCommand' | 'replicas' | 'resQuotaPlan' | 'probes'>;

interface Module2 {
  readonly language?: string;
  readonly sourceDir?: string;
  readonly isDefault?: boolean;
  readonly services?: readonly RawAddon[];
  readonly envVariables?: readonly RawEnvVariable[];
  readonly processes?: readonly Named<Process2>[];
  readonly svcDiscovery?: { readonly bkSaas?: readonly RawSaas[] };
  readonly scripts?: { readonly preReleaseHook?: string };
  readonly bkmonitor?: { readonly port?: number; readonly targetPort?: number };
  readonly packagePlans?: unknown;
}

const PLAN = 'the machine has no plans of resources';

function moduleReader(mostReplicas: number): Reader<Module2> {
  const process = object<Process2>('snake', {
    procCommand: { of: text('a shell line'), needed: true, as: 'command', notNothing: true },
    replicas: { of: whole(0, mostReplicas) },
    resQuotaPlan: { of: choice(PLANS_2), as: 'plan', kept: PLAN },
    probes: { of: probes('snake') },
  });
  const service = object<RawAddon>('snake', {
    name: { of: text('the name of a service'), needed: true },
    sharedFromModule: { of: text('the name of a module'), as: 'shared_from' },
    specs: { of: freeObject },
  });
  const variable = object<RawEnvVariable>('snake', {
    name: { of: variableName, needed: true, as: 'key' },
    value: { of: variableValue, needed: true, notNothing: true },
    envName: { of: choice(['stag', 'prod', '_global_']), as: 'environment_name' },
    description: { of: description },
  });
  const saas = object<RawSaas>('snake', {
    bkAppCode: { of: text('the code of an application'), needed: true },
    moduleName: { of: text('the name of a module') },
  });
  const saasCode = refined(text('the code of an application'), (bkAppCode, place, notes): RawSaas => {
    const code: RawSaas = { bkAppCode };
    notes.remember(code, place, new Map());
    return code;
  });
  return object<Module2>('snake', {
    language: { of: language, needed: true, notNothing: true },
    sourceDir: { of: sourceDir },
    isDefault: { of: flag },
    services: { of: list(service), kept: 'services are of the platform' },
    envVariables: { of: list(variable) },
    processes: { of: byName('processes', process, { least: 1 }), notNothing: true },
    svcDiscovery: {
      of: object<NonNullable<Module2['svcDiscovery']>>('snake', { bkSaas: { of: list(textOr(saasCode, saas)), needed: true } }),
      kept: 'other applications are found by the platform',
    },
    scripts: { of: object<NonNullable<Module2['scripts']>>('snake', { preReleaseHook: { of: text('a shell line') } }) },
    bkmonitor: {
      of: object<NonNullable<Module2['bkmonitor']>>('snake', { port: { of: plainPort, needed: true }, targetPort: { of: plainPort } }),
      kept: 'figures are gathered by the platform',
    },
    packagePlans: { of: freeObject, kept: PLAN },
  });
}

function draftOf(module: Module2, name: string, at: Span): DraftModule {
  const { language: spoken, services = [], envVariables = [], processes, svcDiscovery, scripts, bkmonitor, packagePlans } = module;
  const hook = scripts?.preReleaseHook;
  return {
    name,
    at,
    language: spoken,
    sourceDir: module.sourceDir,
    isDefault: module.isDefault === true,
    processes,
    variables: envVariables,
    preRelease: hook === undefined ? undefined : { procCommand: hook },
    addons: services,
    saas: svcDiscovery?.bkSaas ?? [],
    metrics: [],
    replicas: [],
    plans: [],
    autoscaling: [],
    platform: kept({ bkMonitor: bkmonitor, packagePlans }),
  };
}

const badName = (name: string): Parameters<Notebook['error']>[0] => ({
  rule: 'module-name',
  message: `"${name.slice(0, 60)}" is no name of a module: small letters, digits and inner -, a letter first, at most ${LONGEST_MODULE_NAME} characters`,
  remedy: 'Choose another name.',
});

/** Reads a description of version 2. */
export function readVersion2(root: Node, notes: Notebook, { mostReplicas, spelt }: VersionRule): Draft | undefined {
  const module = moduleReader(mostReplicas);
  return readTop(
    {
      version: 2,
      style: 'snake',
      spelt,
      one: { of: module },
      several: { of: byName('modules', module, { least: 1, most: MOST_MODULES }) },
      draftOf,
      draftsOf: (several: readonly Named<Module2>[]) =>
        several.map(({ name, at, of }) => {
          if (!MODULE_NAME.test(name) || name.length > LONGEST_MODULE_NAME) notes.error(badName(name), at);
          return draftOf(of, name, at);
        }),
    },
    root,
    notes,
  );
}
