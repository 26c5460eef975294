/** Loads the module of a job. */
import { shownPath } from '../frame.ts';
import { importFailed, importFile } from '../module.ts';
import { readJob, type Job } from './contract.ts';

/** @throws BROOD_HOOK_FAILED, BROOD_HOOK_SYNTAX, BROOD_JOB_EXPORT, BROOD_TYPESCRIPT */
export async function loadJob(file: string, baseDir: string): Promise<Job> {
  const imported = await importFile(file).catch(async (error: unknown) => {
    throw await importFailed(file, error, baseDir);
  });
  return readJob(shownPath(file, baseDir), imported.exported, imported.module);
}
