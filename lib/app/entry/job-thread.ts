/** Entry of a thread of a job; started by path, imported by nobody. */
import { runJobThread } from '../job/thread.ts';

void runJobThread();
