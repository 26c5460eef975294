/** The errors of process types beside the cluster. */
import type { ErrorEntry } from './entry.ts';

export const JOB_ERRORS = {
  BROOD_JOB_EXPORT: {
    message: '{file} must export a function handle(context), got {actual}',
    hint: 'Write: export async function handle(context) { … return true; }; setup(context) and teardown(context) may stand beside it.',
    exit: 5,
  },
  BROOD_JOB_ERRORS: {
    message: '{count} runs of {file} failed in a row; the last one: {reason}',
    hint: 'Look at that error. The option "errorLimit" says after how many the process is replaced; without it the job tries on.',
    exit: 1,
  },
  BROOD_JOB_CUT: {
    message: 'the run was cut: its process has to end',
    hint: 'Let it heed context.signal, begin nothing long after context.leaving has fired, or raise "drainTimeout".',
    exit: 1,
  },
  BROOD_JOB_THREAD: { message: 'thread {thread} of {file} {what}', hint: '{remedy}', exit: 1 },
} as const satisfies Record<string, ErrorEntry>;
