/** Entry of the thread that watches the event loop of an agent or a worker; started by path, imported by nobody. */
import { runWatchdog } from '../watchdog/thread.ts';

runWatchdog();
