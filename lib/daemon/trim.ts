/**
 * A master lives for months, and what its start has needed goes back to the system: some 4 MB. The C library of GNU gives back what is
 * free at the end of its heap, but lets that bound grow by itself unless it is named (mallopt(3), M_TRIM_THRESHOLD); the one above which a block
 * is mapped alone stays what it is at first, then, too. A master in the foreground was started by somebody else, with an environment of theirs.
 */
const VARIABLE = 'MALLOC_TRIM_THRESHOLD_';
/** Its default, in bytes. */
const THRESHOLD = '131072';
/** The variable above is not the user's: a master that finds this one deletes both, so that no application sees them. */
const OURS = 'BROOD_TRIMS';

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of a master that trims. What the user has set holds. */
export const trimming = (env: Environment): Environment => (env[VARIABLE] === undefined ? { ...env, [VARIABLE]: THRESHOLD, [OURS]: '1' } : env);

/** To be called before anything is started with the environment of this process. */
export function hideTrimming(): void {
  if (process.env[OURS] === undefined) return;
  delete process.env[VARIABLE];
  delete process.env[OURS];
}
