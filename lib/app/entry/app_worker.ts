/** Entry of an app worker of an Egg application, under the name that Egg's tools look for; started by path, imported by nobody. */
import { runEgg } from '../egg/run.ts';

void runEgg();
