/** What a process type may be called. */

/** One name of a process type: `web`, `mail-out`. */
export const TYPE_NAME = /^[A-Za-z][\w-]{0,62}$/;
