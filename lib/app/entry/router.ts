/** Entry of a router; started by path, imported by nobody. */
import { runRouter } from '../router/start.ts';

void runRouter();
