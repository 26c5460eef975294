/** What a master does when a type falls again and again, and the configuration says that this is the end (`onCrashLoop: exit`). */
import type { Ground } from '../cluster/launch.ts';

/** Ends everything with exit code 1, which tells whoever watches the master. */
export function endInCrashLoop({ supervisor, logger }: Ground, end: () => Promise<void>): void {
  supervisor.on('exit-wanted', ({ type }) => {
    logger.error(`${type} is in a crash loop; everything ends (onCrashLoop: exit)`);
    process.exitCode = 1;
    void end();
  });
}
