/** Entry of the short-lived process that evaluates a configuration file; started by path, imported by nobody. */
import { evaluate } from '../evaluate.ts';

void evaluate();
