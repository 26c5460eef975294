/** How lines of output are shown to a person, whoever shows them: the master that runs in the foreground, or `brood logs`. */
export interface LogForm {
  /** `time`: hours, minutes, seconds of the clock here; `iso`: all of it, UTC. */
  readonly timestamps: 'time' | 'iso' | 'none';
  readonly prefix: boolean;
  readonly colour: boolean;
  /** It is shown on a terminal, which obeys what stands in a line: a carriage return goes over its prefix. */
  readonly terminal: boolean;
  /** Process types in the order of the application, for their colours. */
  readonly types: readonly string[];
  /** Instances that are known or may come, for the width of the first column. */
  readonly names: readonly string[];
}
