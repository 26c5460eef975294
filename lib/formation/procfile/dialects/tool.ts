/** The tools that read Procfiles, and what one of them makes of a line. */

export const TOOLS = ['foreman', 'honcho', 'forego', 'nf', 'overmind', 'hivemind', 'goreman', 'heroku', 'blueking', 'brood'] as const;
export type Tool = (typeof TOOLS)[number];

/** A line as it stands in the file, with its carriage return, and the first one with its byte order mark. */
export interface SourceLine {
  readonly number: number;
  readonly text: string;
  readonly isLast: boolean;
}

/** What a tool takes a line for, looking at it alone; `undefined` where there is nothing in it. */
export type Outcome =
  | { readonly kind: 'process'; readonly name: string; readonly command: string; readonly why?: string }
  | { readonly kind: 'ignored' | 'error'; readonly why: string }
  | undefined;

/** `differs`: it does something else with the command than a shell would. */
export type Reading =
  | {
      readonly fate: 'process';
      readonly name: string;
      readonly command: string;
      /** PORT of its first instance; `undefined` where that is nobody's choice, or nothing runs. */
      readonly port: number | undefined;
      readonly starts: 'yes' | 'no' | 'when-scaled';
      readonly differs?: true;
      readonly why?: string;
    }
  /** `not-read`: the mistake of another line keeps it from running. */
  | { readonly fate: 'ignored' | 'error' | 'not-read'; readonly why: string };

/** What a tool makes of a file without a process. */
export interface NothingRead {
  readonly fate: 'ignored' | 'error';
  readonly why: string;
}
