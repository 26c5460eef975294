/** One address that workers listen on, and how it goes from one master to the next. */
import { rmSync } from 'node:fs';
import type { ListenRequest } from '../protocol.ts';
import type { InheritedSocket } from './adopted.ts';
import { isFile } from './bind.ts';
import type { BoundSocket } from './bind.ts';
import type { Takers } from './hand-over.ts';
import type { Leases } from './leases.ts';

/** Where a socket comes from. */
export interface Origin {
  /** The address of the cluster, which stays bound whoever comes and goes. */
  isMain?: boolean;
  /** Opened by a service manager, under this name. */
  readonly activated?: string | undefined;
  /** Whose it is to remove the file of a path. */
  remover: 'libuv' | 'us' | 'nobody';
}

export interface Shared extends Takers, Origin {
  readonly want: ListenRequest;
  readonly socket: BoundSocket;
  readonly port: number;
  readonly leases: Leases | undefined;
  accepting: boolean;
}

/** What a master that follows this one is started with. */
export const heritageOf = ({ socket, want, activated }: Shared): InheritedSocket => ({
  fd: socket.fd ?? -1,
  name: activated ?? '',
  was: { want, activated: activated !== undefined },
});

/** This process takes nothing new from it. */
export function closeShared({ leases, socket, want, remover }: Shared): void {
  leases?.close();
  socket.close();
  if (remover === 'us' && want.address !== null && isFile(want)) rmSync(want.address, { force: true });
}

/** The same when another master has it. */
export function leaveShared(shared: Shared): void {
  // Closed it would take its path with it. Nobody listens here, and the end of the process closes it.
  if (shared.remover === 'libuv' && isFile(shared.want)) shared.leases?.close();
  else closeShared({ ...shared, remover: 'nobody' });
}
