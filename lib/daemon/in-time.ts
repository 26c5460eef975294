/** Gives up waiting; the work goes on. */
import type { BroodError } from '../errors.ts';

/** `work`, for at most so many milliseconds. */
export function inTime<Result>(work: Promise<Result>, timeout: number | undefined, late: () => BroodError): Promise<Result> {
  if (timeout === undefined) return work;
  work.catch(() => {});
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeout);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
