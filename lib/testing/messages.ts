/** What was sent and received, as a test looks at it. */
import { BroodError } from '../errors.ts';
import { MAIL } from '../wire/mail.ts';
import type { Mail, MailTap } from '../wire/mail.ts';
import { callerPlace } from './place.ts';

/** One message that was sent or received. */
export interface SeenMessage<Content = unknown> {
  readonly action: string;
  readonly data: Content;
  /** `app`, `agent` or `master`; in a cluster `app.1` and so on. */
  readonly from: string;
  readonly to: string;
  readonly kind: 'message' | 'request';
}

/** Own messages of the test kit begin so, and are not seen. */
export const OWN_ACTION = 'brood-testing:';

const WITHIN = 5000;
const MOST = 10_000;
// A test may put fake timers in the place of these.
const { setTimeout: later, clearTimeout: never } = globalThis;

interface Waiting {
  readonly action: string;
  readonly resolve: (message: SeenMessage) => void;
}

type ContentOf<Actions, Action> = Action extends keyof Actions ? Actions[Action] : unknown;

export class MessageSpy<Actions extends object = Record<string, unknown>> {
  readonly #sent: SeenMessage[] = [];
  readonly #received: SeenMessage[] = [];
  /** Received, and not yet handed out by waitForMessage(). */
  #fresh: SeenMessage[] = [];
  readonly #waiting = new Set<Waiting>();

  /** Messages and requests that were sent, once for each receiver, in their order. */
  get sent(): readonly SeenMessage[] {
    return this.#sent;
  }

  /** Messages and requests that have arrived, in their order. */
  get received(): readonly SeenMessage[] {
    return this.#received;
  }

  /**
   * Resolves with the first message of this action that has arrived and was not waited for before, or with the next one.
   *
   * @param within milliseconds; default 5,000
   * @throws BROOD_TEST_NO_MESSAGE when none came
   */
  waitForMessage<Action extends Extract<keyof Actions, string>>(
    action: Action,
    { within = WITHIN }: { readonly within?: number } = {},
  ): Promise<SeenMessage<ContentOf<Actions, Action>>> {
    const place = callerPlace();
    const index = this.#fresh.findIndex(message => message.action === action);
    // The type parameter is the application's own description of its messages.
    if (index >= 0) return Promise.resolve(this.#fresh.splice(index, 1)[0] as SeenMessage<ContentOf<Actions, Action>>);
    return new Promise((resolve, reject) => {
      const timer = later(() => {
        this.#waiting.delete(waiting);
        reject(new BroodError('BROOD_TEST_NO_MESSAGE', { action, within, place, seen: this.#seen() }));
      }, within);
      const waiting: Waiting = {
        action,
        resolve: message => {
          never(timer);
          this.#waiting.delete(waiting);
          resolve(message as SeenMessage<ContentOf<Actions, Action>>);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  /** Forgets everything that was seen. */
  clear(): void {
    this.#sent.length = 0;
    this.#received.length = 0;
    this.#fresh = [];
  }

  /** For the test kit: it was sent. */
  noteSent(message: SeenMessage): void {
    if (this.#sent.push(message) > MOST) this.#sent.shift();
  }

  /** For the test kit: it has arrived. */
  noteReceived(message: SeenMessage): void {
    if (this.#received.push(message) > MOST) this.#received.shift();
    const waiting = [...this.#waiting].find(({ action }) => action === message.action);
    if (waiting !== undefined) return waiting.resolve(message);
    if (this.#fresh.push(message) > MOST) this.#fresh.shift();
  }

  #seen(): string {
    const actions = [...new Set(this.#received.map(({ action, from, to }) => `"${action}" (${from} → ${to})`))];
    return actions.length === 0 ? 'No message has arrived at all.' : `What has arrived: ${actions.join(', ')}.`;
  }
}

/** What of a mail a spy looks at: notes and requests of the application. */
export const isSeen = ({ kind, action }: Mail): boolean => kind <= MAIL.request && !action.startsWith(OWN_ACTION);
export const kindOf = ({ kind }: Mail): SeenMessage['kind'] => (kind === MAIL.request ? 'request' : 'message');

/** The tap for the messenger of `self`, by which `spy` sees its mail. */
export const tapFor = (spy: Pick<MessageSpy, 'noteSent' | 'noteReceived'>, self: string, nameOf: (id: number) => string): MailTap => ({
  sent(to, mail) {
    if (!isSeen(mail)) return;
    for (const id of to) spy.noteSent({ action: mail.action, data: mail.content, from: self, to: nameOf(id), kind: kindOf(mail) });
  },
  received(from, mail) {
    if (isSeen(mail)) spy.noteReceived({ action: mail.action, data: mail.content, from: nameOf(from), to: self, kind: kindOf(mail) });
  },
});
