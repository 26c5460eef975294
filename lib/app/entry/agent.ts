/** Entry of the agent; started by path, imported by nobody. */
import { run } from '../run.ts';

void run();
