/** What the exit codes of the command line mean. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notRunning: 3, notReady: 4, configuration: 5, alreadyRunning: 6 } as const;

export const EXIT_CODES: readonly { readonly code: string; readonly meaning: string }[] = [
  { code: '0', meaning: 'it has worked' },
  { code: '1', meaning: 'it has failed' },
  { code: '2', meaning: 'wrong usage, or a target or a file that there is not' },
  { code: '3', meaning: 'nothing runs in this directory' },
  { code: '4', meaning: 'not ready: the application could not start, or not in time' },
  { code: '5', meaning: 'wrong configuration' },
  { code: '6', meaning: 'it runs already' },
  { code: '70', meaning: 'the release command has failed, and nothing was started' },
  { code: '130', meaning: 'ended by Ctrl-C (143: SIGTERM, 131: SIGQUIT, 129: SIGHUP)' },
];
