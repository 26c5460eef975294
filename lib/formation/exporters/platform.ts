/** What a description of an application says for the platform alone, as exporters take it; and a sentence for each key that no target has. Pure. */
import { moduleIn } from '../app-desc/precedence.ts';
import type { AppDescription, ModuleDescription, ProcessDescription, ServiceDescription } from '../app-desc/types.ts';
import { isRecord } from '../../policy/rules.ts';
import type { ExportedProcess, ExportedService, Resources } from './model.ts';

/** MiB that are promised, by those that are the limit: as the plans of BlueKing have it. */
const PROMISED: Readonly<Record<number, number>> = { 1024: 256, 2048: 1024, 4096: 2048 };
const PROMISED_CPU = 200;
/** Plans whose names tell nothing: one core is 1000. */
const NAMED: Readonly<Record<string, readonly [cpu: number, memory: number]>> = { Starter: [4000, 1024], default: [4000, 1024] };
/** `4C2G5R`: four cores, two GiB, at most five replicas. */
const PLAN = /^(?<cores>\d)C(?<gib>\d)G(?:\dR)?$/;

/** @returns `undefined` for a plan that nobody knows */
export function resourcesOf(plan: string): Resources | undefined {
  const { cores, gib } = PLAN.exec(plan)?.groups ?? {};
  const [cpu, memory] = Object.hasOwn(NAMED, plan) ? (NAMED[plan] ?? []) : [Number(cores) * 1000, Number(gib) * 1024];
  if (cpu === undefined || memory === undefined || Number.isNaN(cpu)) return undefined;
  return { limits: { cpu, memory }, requests: { cpu: PROMISED_CPU, memory: PROMISED[memory] ?? memory } };
}

/** A port that is left out is the own one of the process. */
const serviceOf = ({ name, targetPort, port, protocol }: ServiceDescription, own: number): ExportedService => ({
  name,
  port: port ?? targetPort ?? own,
  targetPort: targetPort ?? own,
  protocol,
});

/** What is said of one process. `port`: its PORT. */
export function platformOf({ plan, services, targetPort }: ProcessDescription, port: number): Pick<ExportedProcess, 'resources' | 'services' | 'targetPort'> {
  const resources = plan === undefined ? undefined : resourcesOf(plan);
  return {
    ...(resources === undefined ? {} : { resources }),
    ...(services === undefined ? {} : { services: services.map(service => serviceOf(service, port)) }),
    ...(targetPort === undefined ? {} : { targetPort }),
  };
}

/** The image that the platform would run. */
export function imageIn({ platform }: ModuleDescription): string | undefined {
  const { build } = platform;
  const image = isRecord(build) ? build['image'] : undefined;
  return typeof image === 'string' ? image : undefined;
}

/** Of no use outside of the platform, or used already. */
const SILENT = new Set(['app.bkAppCode', 'app.bkAppName', 'app.bkAppNameEn']);

function keyNotes(whose: string, keys: readonly string[], environment: string): readonly string[] {
  return keys
    .filter(key => !SILENT.has(key))
    .map(key =>
      key === 'envOverlay'
        ? `${whose}: envOverlay is applied for ${environment}; what it says of the other environment is not exported (BROOD_ENV=prod is production)`
        : key === 'build'
          ? `${whose}: of build the image alone is exported`
          : `${whose}: ${key} is for the platform, and is not exported`,
    );
}

function processNotes({ name, platform, services = [], plan }: ProcessDescription, environment: string): readonly string[] {
  return [
    ...keyNotes(name, Object.keys(platform), environment),
    ...services.flatMap(({ name: service, exposedType }) =>
      exposedType === undefined ? [] : [`${name}: the service ${service} is ${exposedType} there; what reaches it from outside is not exported`],
    ),
    ...(plan !== undefined && resourcesOf(plan) === undefined ? [`${name}: the plan ${plan} is not known, and is not exported`] : []),
  ];
}

/** A sentence for each key that is left out. */
export function platformNotes(description: AppDescription, moduleName: string | undefined): readonly string[] {
  const { name = 'app_desc', platform, environment, modules } = description;
  const module = moduleIn(description, moduleName);
  const others = modules.filter(one => one !== module).map(one => one.name);
  const { app, ...rest } = platform;
  const keys = [...Object.keys(rest), ...(isRecord(app) ? Object.keys(app).map(key => `app.${key}`) : [])];
  const notes = keyNotes(name, keys, environment);
  if (module === undefined) return notes;
  return [
    ...notes,
    ...keyNotes(`module ${module.name}`, Object.keys(module.platform), environment),
    ...(others.length === 0 ? [] : [`module ${module.name} is exported, and not ${others.join(', ')}`]),
    ...module.processes.flatMap(one => processNotes(one, environment)),
  ];
}
