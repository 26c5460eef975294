/** Entry of the process that hosts threads; started by path, imported by nobody. */
import { runHost } from '../thread-host.ts';

runHost();
