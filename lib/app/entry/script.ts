/** Loaded before a self-listening script, which stays the main module; started by path, imported by nobody. */
import { runScript } from '../script.ts';

void runScript();
