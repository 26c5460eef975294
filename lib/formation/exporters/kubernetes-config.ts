/** The variables of an application as ConfigMaps and Secrets: one of each for all of it, one of each for a type that has its own. Pure. */
import type { ExportedApp } from './model.ts';
import { isSecretVariable } from './notes.ts';

type KubernetesObject = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, string>>;

export interface Configuration {
  readonly plain: readonly KubernetesObject[];
  readonly secret: readonly KubernetesObject[];
  /** `envFrom` of a type; where two have a name, the last one counts: both of the type come after both of the application. */
  readonly sources: (type: string) => readonly KubernetesObject[];
}

/** Of all of the application, or of one type. */
interface Variables {
  readonly name: string;
  readonly plain: Values;
  readonly secret: Values;
}

function setOf(name: string, values: Values): Variables {
  const of = (wanted: boolean): Values => Object.fromEntries(Object.entries(values).filter(([key, value]) => isSecretVariable(key, value) === wanted));
  return { name, plain: of(false), secret: of(true) };
}

const hasSome = (values: Values): boolean => Object.keys(values).length > 0;

const sourcesOf = ({ name, plain, secret }: Variables): readonly KubernetesObject[] => [
  ...(hasSome(plain) ? [{ configMapRef: { name } }] : []),
  ...(hasSome(secret) ? [{ secretRef: { name } }] : []),
];

export function configuration(app: ExportedApp, name: string, types: ReadonlyMap<string, string>): Configuration {
  const common = setOf(name, app.environment);
  const own = new Map(app.processes.map(({ type, env }) => [type, setOf(`${name}-${types.get(type) ?? type}`, env)]));
  const sets = [common, ...own.values()];
  const labels = { 'app.kubernetes.io/name': name };
  return {
    plain: sets
      .filter(({ plain }) => hasSome(plain))
      .map(set => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: set.name, labels }, data: set.plain })),
    secret: sets
      .filter(({ secret }) => hasSome(secret))
      .map(set => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: set.name, labels }, type: 'Opaque', stringData: set.secret })),
    sources: type => [common, own.get(type)].flatMap(set => (set === undefined ? [] : sourcesOf(set))),
  };
}
