/** What a description says of processes, as the configuration file would say it: what runs on one machine. */
import type { ProcessConfig } from '../config/types.ts';
import { moduleIn } from './precedence.ts';
import type { AppDescription, ModuleDescription, ProcessDescription } from './types.ts';

function configOf(
  { command, replicas, probes, gracefulShutdownSeconds, autoscaling }: ProcessDescription,
  { env, sourceDir }: ModuleDescription,
): ProcessConfig {
  return {
    command,
    instances: replicas,
    ...(sourceDir === '.' ? {} : { cwd: sourceDir }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(probes === undefined ? {} : { probes }),
    ...(gracefulShutdownSeconds === undefined ? {} : { drainTimeout: gracefulShutdownSeconds * 1000 }),
    ...(autoscaling === undefined ? {} : { autoscale: { min: autoscaling.min, max: autoscaling.max, cpu: autoscaling.cpu } }),
  };
}

/** The process types of one module, by name; of the default one without a name. */
export function processConfigsOf(description: AppDescription, moduleName?: string): Readonly<Record<string, ProcessConfig>> {
  const module = moduleIn(description, moduleName);
  return module === undefined ? {} : Object.fromEntries(module.processes.map(process => [process.name, configOf(process, module)]));
}
