/** The promises that senders get: shared ones, so that a flood of messages makes no flood of promises. */
import type { Delivery } from './mail.ts';

interface Turn {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function turn(): Turn {
  let resolve = (): void => {};
  const promise = new Promise<void>(settle => (resolve = settle));
  return { promise, resolve };
}

const COMMON = 256;

/** Who waits for which queue; `Queue` is whatever stands for one. */
export class Waiting<Queue extends object> {
  readonly #settled: Promise<Delivery>[] = [];
  readonly #nextTurn: Promise<Delivery>[] = [];
  readonly #turns = new Map<Queue, Turn>();
  /** The last promise, given again while the same queues with the same outcome are waited for. */
  #last: { readonly queues: readonly Queue[]; readonly delivered: number; readonly dropped: number; readonly promise: Promise<Delivery> } | undefined;

  /** A promise that is resolved. */
  settled(delivered: number, dropped: number): Promise<Delivery> {
    if (dropped > 0 || delivered >= COMMON) return Promise.resolve({ delivered, dropped });
    return (this.#settled[delivered] ??= Promise.resolve(Object.freeze({ delivered, dropped })));
  }

  /** A promise that is resolved in the next turn of the event loop; one for all who ask in this turn. */
  nextTurn(delivered: number, dropped: number): Promise<Delivery> {
    if (dropped > 0 || delivered >= COMMON) return new Promise(resolve => setImmediate(resolve, { delivered, dropped }));
    const known = this.#nextTurn[delivered];
    if (known !== undefined) return known;
    const promise = new Promise<Delivery>(resolve => {
      setImmediate(() => {
        this.#nextTurn.length = 0;
        resolve({ delivered, dropped });
      });
    });
    this.#nextTurn[delivered] = promise;
    return promise;
  }

  /** A promise that waits until {@link relieve} was called for each of `queues`. */
  until(queues: readonly Queue[], delivered: number, dropped: number): Promise<Delivery> {
    const last = this.#last;
    const same = last !== undefined && last.delivered === delivered && last.dropped === dropped && last.queues.length === queues.length;
    if (same && last.queues.every((queue, index) => queue === queues[index])) return last.promise;
    const turns = queues.map(queue => this.#turn(queue).promise);
    const promise = Promise.all(turns).then(() => ({ delivered, dropped }));
    this.#last = { queues, delivered, dropped, promise };
    return promise;
  }

  /** The queue is short again, or gone. */
  relieve(queue: Queue): void {
    const waited = this.#turns.get(queue);
    if (waited === undefined) return;
    this.#turns.delete(queue);
    this.#last = undefined;
    waited.resolve();
  }

  #turn(queue: Queue): Turn {
    let waited = this.#turns.get(queue);
    if (waited === undefined) {
      waited = turn();
      this.#turns.set(queue, waited);
    }
    return waited;
  }
}
