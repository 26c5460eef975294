/** Root hook of the whole suite: no test leaves a process behind. */
import { assertNothingLeft } from './helpers/left.ts';

after('no process is left by any test', () => assertNothingLeft());
