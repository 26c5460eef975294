/** Traces for DEBUG=brood:*; the package `debug` is loaded only when somebody asks for one. */

export type Trace = (format: string, ...values: unknown[]) => void;

const silent: Trace = () => {};

/** A trace under this name, `brood:…`. */
export function trace(namespace: string): Trace {
  if (process.env['DEBUG'] === undefined) return silent;
  const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  // Proven by the package's own types: its main export is this factory.
  // oxlint-disable-next-line brood/layers -- loaded only when somebody asks for traces
  return (require('debug') as (name: string) => Trace)(namespace);
}
