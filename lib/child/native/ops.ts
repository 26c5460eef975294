/** Who does what Node.js has no call for: koffi when it is loaded already, the tools of util-linux, koffi when it is installed (decision 0018). */
import { isLoaded } from './koffi.ts';
import { koffiOps } from './koffi-ops.ts';
import type { NativeOps } from './native-ops.ts';
import { mayUse } from './providers.ts';
import { toolOps } from './tool-ops.ts';

/** The operation, by the first who has it; `undefined` where nobody does. */
export function nativeOp<Name extends keyof NativeOps>(name: Name): NativeOps[Name] | undefined {
  const koffi = (): NativeOps => (mayUse('koffi') ? koffiOps() : {});
  const providers = isLoaded() ? [koffi, toolOps] : [toolOps, koffi];
  for (const provider of providers) {
    const op = provider()[name];
    if (op !== undefined) return op;
  }
  return undefined;
}
