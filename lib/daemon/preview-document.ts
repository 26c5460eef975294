/** The document of a reload that is only told (api.ts has the others). */

export interface PreviewPorts {
  readonly first: number;
  readonly last: number;
}

/** What a reload makes of one process type. */
export interface PreviewType {
  readonly type: string;
  /** `changed`: it is started in another way than what runs; `scaled`: in the same one, and there are more or fewer. */
  readonly change: 'added' | 'removed' | 'changed' | 'scaled' | 'unchanged';
  readonly instances: { readonly before: number; readonly after: number };
  /** Of commands that are given one each, and are not behind an entry. */
  readonly ports?: { readonly before?: PreviewPorts; readonly after?: PreviewPorts };
  /** Its instances are replaced. Otherwise what has changed holds for those that start later. */
  readonly replaced: boolean;
  /** All of its instances have ended and are not started again; where they are `replaced`, they run once more. */
  readonly completed?: true;
  /** Of what runs all has to end before anything new starts. */
  readonly exclusive?: boolean;
  /** Where it is another one than that of the others, in milliseconds. */
  readonly canaryTime?: number;
}

/** POST /v1/reload with `dryRun`: what it would do. */
export interface Preview {
  readonly apiVersion: number;
  readonly kind: 'Preview';
  readonly what: 'reload';
  /** Keys of configuration and environment, with their values; of environment variables there is only the name, and secrets are masked. */
  readonly changes: readonly {
    readonly key: string;
    readonly change: 'added' | 'removed' | 'changed';
    readonly before?: unknown;
    readonly after?: unknown;
  }[];
  /** Keys that cannot change while the application runs: the reload would fail, and change nothing. */
  readonly refused: readonly string[];
  readonly types: readonly PreviewType[];
  /** Types in the order in which new instances of them may begin, in steps: each is after all that it waits for. What is removed ends after that. */
  readonly order: readonly (readonly string[])[];
  /** So long the first new instance of a type that is not exclusive has to live, in milliseconds; 0: there is no canary. */
  readonly canaryTime: number;
  /** What is to be said of it, and does not stop it. */
  readonly warnings: readonly string[];
}
