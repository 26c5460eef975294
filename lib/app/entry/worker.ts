/** Entry of an app worker; started by path, imported by nobody. */
import { run } from '../run.ts';

void run();
