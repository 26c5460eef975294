/** Keeps roster, sockets and sentinel in step with the instances. */
import { trace } from '../trace.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { watchProcesses } from '../supervisor/watch.ts';
import type { Listening } from './listening.ts';
import type { Logs } from './logs.ts';
import { instanceName } from '../supervisor/names.ts';
import type { Post } from './post.ts';
import type { Instance } from '../model.ts';
import type { Homes } from './sticky.ts';

const debug = trace('brood:cluster');

export interface Parts {
  readonly supervisor: Supervisor;
  readonly post: Post;
  readonly listening: Listening;
  /** Who hears that a process can be reached, and what it sends by process.send(). */
  readonly mail: Mail;
  readonly logs: Logs;
  /** Who takes requests that belong to it, where workers pass them on. */
  readonly homes: Homes | undefined;
  /** Milliseconds that a child may take to leave after the end of this process. */
  readonly grace: number;
  /** The beginning of the marks of their descendants. */
  readonly run: string;
  /** Whether the first start is over; before that nobody is greeted. */
  readonly started: () => boolean;
}

export interface Mail {
  reach(id: number): void;
  plain(message: unknown, from: Instance): void;
}

/** The result ends the sentinel. */
export function wire({ supervisor, post, listening, logs, homes, mail, grace, run, started }: Parts): () => Promise<void> {
  supervisor.on('change', instance => {
    post.roster.note(instance);
    homes?.note();
    if (instance.state === 'draining') {
      listening.leave(instance.id);
      supervisor.childOf(instance.id)?.send({ kind: 'barrier' });
    }
    if (started() && (instance.state === 'ready' || instance.state === 'spare')) post.greet(instance.id);
  });
  supervisor.on('death', death => {
    debug('%s ended: %o', instanceName(death), death);
    listening.end(death.id);
    logs.end(death.id);
  });
  supervisor.on('control', (instance, message) => {
    // It was told to go while its request was under way; a server that is opened now would not be drained.
    if (message.kind === 'listen' && instance.state === 'draining') return;
    // Of a sample hears who has asked for it (lib/supervisor/metrics.ts).
    if (message.kind === 'sample' || logs.hear(instance.id, message)) return;
    // Before the answer: with its first request it knows where others belong.
    if (message.kind === 'listen') homes?.note(instance.id);
    if (message.kind === 'hello') mail.reach(instance.id);
    else listening.hear(instance.id, message);
  });
  supervisor.on('readiness', ({ id }, ok) => listening.fit(id, ok));
  supervisor.on('plain', (instance, message) => mail.plain(message, instance));
  return watchProcesses(supervisor, { grace, run });
}
