/** Asks for a successor when this process has answered so many requests; it serves on until it is told to go. */
import type { Boot } from '../../protocol.ts';
import { tell } from '../parent.ts';
import { countRequests } from './requests.ts';

/** Instances that were started together shall not be replaced together. */
const JITTER = 0.1;

/** Counts if the boot options say so. `mayAsk`: it has begun to serve, and does not leave; before that nobody takes the wish. */
export function countAsTold({ observe = false, maxRequests }: Boot, mayAsk: () => boolean): void {
  if (maxRequests === undefined) return observe ? countRequests() : undefined;
  const { count, jitter = JITTER } = maxRequests;
  let limit = Math.max(1, Math.round(count * (1 - jitter * Math.random())));
  countRequests(requests => {
    if (requests < limit || !mayAsk()) return;
    limit = Infinity;
    void tell({ kind: 'wants-to-leave', reason: 'max-requests' });
  });
}
