/** What a master is started with. */
import type { ControlEvent } from './api.ts';
import type { Shown } from './output.ts';
import type { Plan } from './plan.ts';
import type { Predecessor } from './predecessor.ts';

export interface MasterOptions {
  /** Reads flags, configuration file and environment; `environment` takes the place of that of this process. */
  readonly readPlan: (environment?: Readonly<Record<string, string>>) => Promise<Plan>;
  /** It runs in the background. */
  readonly daemon: boolean;
  /** The master whose place this one takes. */
  readonly predecessor?: Predecessor | undefined;
  /** Its release command is run before anything else. Default: false. */
  readonly release?: boolean;
  /** A formation that is ended by SIGINT or SIGTERM has the exit code 130 or 143. With false it is 0. Default: nobody sits before it. */
  readonly statusOfSignals?: boolean | undefined;
  /** How the output of several process types is shown, in the foreground. Default: as it comes. */
  readonly shown?: Shown | undefined;
  /** Told of what happens, from the start on. */
  readonly onEvent?: (event: ControlEvent) => void;
}
