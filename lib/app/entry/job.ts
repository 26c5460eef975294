/** Entry of a process of the kind `job` or `threads`; started by path, imported by nobody. */
import { runJob } from '../job/run.ts';

void runJob();
