/** What a test application consists of. */
import type { Agent, Application } from '../app/application.ts';
import type { Logger } from '../app/logger.ts';
import type { Messenger } from '../wire/messenger.ts';
import type { AppSettings } from './app-options.ts';
import type { LogBook } from './logs.ts';
import type { MessageSpy } from './messages.ts';
import type { InProcess } from './unit.ts';

/** What a test may say that its application is: `Application<Config, Actions>`, or a type of its own that has more. */
export interface AppShape {
  readonly type: 'application';
  readonly config: object;
  readonly logger: Logger;
}
/** As {@link AppShape}, of the agent. */
export interface AgentShape {
  readonly type: 'agent';
}

/** What createApp() puts together. */
export interface PartsOfApp {
  readonly settings: AppSettings['settings'];
  readonly application: InProcess<Application>;
  readonly agent: InProcess<Agent>;
  readonly master: Messenger;
  readonly spy: MessageSpy;
  readonly logs: LogBook;
  /** Delivers what was sent so far. */
  readonly deliver: () => Promise<void>;
  /** Closes everything; the application first, as a cluster does. */
  readonly close: () => Promise<void>;
}
