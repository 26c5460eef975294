/** Version 3 of a description: modules in a list, each with its `spec`. */
import type { Node, Span } from '../config/tree.ts';
import type { Draft, DraftModule, RawProcess } from './draft.ts';
import { MOST_MODULES } from './limits.ts';
import type { Notebook } from './notebook.ts';
import { language, moduleName, sourceDir } from './parts.ts';
import { object } from './objects.ts';
import { flag, list } from './readers.ts';
import type { Named, Reader } from './readers.ts';
import { specReader } from './spec-3.ts';
import type { Spec3 } from './spec-3.ts';
import { kept, readTop } from './top.ts';
import type { VersionRule } from './top.ts';

interface Module3 {
  readonly name?: string;
  readonly language?: string;
  readonly sourceDir?: string;
  readonly isDefault?: boolean;
  readonly spec?: Spec3;
}

const moduleReader = (mostReplicas: number): Reader<Module3> =>
  object<Module3>('camel', {
    name: { of: moduleName },
    language: { of: language, needed: true, notNothing: true },
    sourceDir: { of: sourceDir },
    isDefault: { of: flag },
    spec: { of: specReader(mostReplicas), needed: true, notNothing: true },
  });

function named(processes: readonly RawProcess[], notes: Notebook): readonly Named<RawProcess>[] {
  return processes.flatMap(of => {
    const at = notes.placeIn(of, 'name')?.span;
    return of.name === undefined || at === undefined ? [] : [{ name: of.name, at, of }];
  });
}

function draftOf(module: Module3, name: string, at: Span, notes: Notebook): DraftModule {
  const { build, processes, configuration, addons = [], mounts, hooks, envOverlay = {}, svcDiscovery, domainResolution, observability } = module.spec ?? {};
  const { replicas = [], resQuotas = [], envVariables = [], autoscaling = [], mounts: mountOverlays } = envOverlay;
  return {
    name,
    at,
    language: module.language,
    sourceDir: module.sourceDir,
    isDefault: module.isDefault === true,
    processes: processes === undefined ? undefined : named(processes, notes),
    variables: [...(configuration?.env ?? []), ...envVariables],
    preRelease: hooks?.preRelease,
    addons,
    saas: svcDiscovery?.bkSaaS ?? [],
    metrics: observability?.monitoring?.metrics ?? [],
    replicas,
    plans: resQuotas,
    autoscaling,
    platform: kept({ build, mounts, mountOverlays, domainResolution, observability }),
  };
}

/** Reads a description of version 3. */
export function readVersion3(root: Node, notes: Notebook, { mostReplicas, spelt }: VersionRule): Draft | undefined {
  const module = moduleReader(mostReplicas);
  const several = (modules: readonly Module3[]): readonly DraftModule[] =>
    modules.flatMap(one => {
      const at = notes.placeIn(one, 'name')?.span ?? { from: 0, to: 0 };
      if (one.name !== undefined) return [draftOf(one, one.name, at, notes)];
      notes.error({ rule: 'missing-key', message: 'a module of several lacks "name"', remedy: 'Give it a name of its own.' }, at);
      return [];
    });
  return readTop(
    {
      version: 3,
      style: 'camel',
      spelt,
      one: { of: module },
      several: { of: list(module, { least: 1, most: MOST_MODULES }) },
      draftOf: (one, name, at) => draftOf(one, one.name ?? name, at, notes),
      draftsOf: several,
    },
    root,
    notes,
  );
}
