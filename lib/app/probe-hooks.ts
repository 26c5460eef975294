/** What an application has to say to the master's probes. */

/** Says how the application does: `false`, or an error that it throws, is no. */
export type ProbeHook = () => unknown;

export class ProbeHooks {
  readonly readiness: ProbeHook[] = [];
  readonly liveness: ProbeHook[] = [];
}
