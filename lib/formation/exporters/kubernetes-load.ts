/** What Kubernetes is told of the load of a process: its resources, and the HorizontalPodAutoscaler (autoscaling/v2) that follows it. Pure. */
import { isScaled } from './model.ts';
import type { ExportedProcess, Quantity } from './model.ts';

type Part = Readonly<Record<string, unknown>>;

const quantityOf = ({ cpu, memory }: Quantity): Part => ({
  cpu: cpu % 1000 === 0 ? String(cpu / 1000) : `${cpu}m`,
  memory: memory % 1024 === 0 ? `${memory / 1024}Gi` : `${memory}Mi`,
});

const MIB = 1024 ** 2;
const memoryOf = (size: number): string => (size % MIB === 0 ? `${size / MIB}Mi` : String(size));

export function resourcesOf({ resources, maxMemory }: ExportedProcess): Part {
  if (resources === undefined) return maxMemory === undefined ? {} : { resources: { limits: { memory: memoryOf(maxMemory) } } };
  const { limits, requests } = resources;
  if (maxMemory === undefined) return { resources: { limits: quantityOf(limits), requests: quantityOf(requests) } };
  // A request above its limit is refused.
  const requested = requests.memory * MIB > maxMemory ? { memory: memoryOf(maxMemory) } : {};
  return { resources: { limits: { ...quantityOf(limits), memory: memoryOf(maxMemory) }, requests: { ...quantityOf(requests), ...requested } } };
}

/** Whoever follows the load says how many there are: a Deployment that said it, too, would set that back whenever it is applied. */
export const replicasOf = (process: ExportedProcess): Part => (isScaled(process) ? {} : { replicas: process.instances });

/** `cpu` is a share of a core, whatever is promised to the pod: so it is a value, and no utilization. `metadata`: that of its Deployment. */
export function autoscalerOf(process: ExportedProcess, metadata: Part): readonly Part[] {
  const { autoscale } = process;
  if (autoscale === undefined || !isScaled(process)) return [];
  const { min, max, cpu } = autoscale;
  const target = { type: 'AverageValue', averageValue: `${cpu * 10}m` };
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata['name'] },
        minReplicas: min,
        maxReplicas: max,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    },
  ];
}
