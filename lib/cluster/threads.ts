/** The option `startMode`, and what does not go with threads. */
import { BroodError } from '../errors.ts';
import type { ClusterOptions } from './option-table.ts';
import { goesByConnection, stickyOf } from './sticky.ts';

/**
 * Whether the app workers are threads.
 *
 * @throws BROOD_THREADS_SCRIPT, BROOD_THREADS_LISTEN
 */
export function threadsOf(options: ClusterOptions): boolean {
  if (options.startMode !== 'worker_threads') return false;
  if (options.script !== undefined) throw new BroodError('BROOD_THREADS_SCRIPT');
  if (goesByConnection(stickyOf(options))) throw new BroodError('BROOD_THREADS_LISTEN', { option: "sticky: 'ip'" });
  if (options.listen === 'round-robin') throw new BroodError('BROOD_THREADS_LISTEN', { option: "listen: 'round-robin'" });
  return true;
}
