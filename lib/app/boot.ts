/** Reads what this child was told at its start. */
import { BOOT_VARIABLE, PROTOCOL_VERSION } from '../protocol.ts';
import type { Boot } from '../protocol.ts';

/** The boot options; taken out of the environment, so that neither the application nor its children see them. */
export function readBoot(): Boot {
  const text = process.env[BOOT_VARIABLE];
  delete process.env[BOOT_VARIABLE];
  if (text === undefined) throw new Error('this file is started by Brood; start a cluster with startCluster() instead');
  // Written by our own master, of the same version, a moment ago.
  const boot = JSON.parse(text) as Boot;
  if (boot.version !== PROTOCOL_VERSION) throw new Error(`the master speaks version ${boot.version} of the protocol, this worker ${PROTOCOL_VERSION}`);
  return boot;
}
