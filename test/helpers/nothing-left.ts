/** Root hook of every test file (`--require`): no test leaves a process behind. With `--parallel` after each file, else after the last one. */
import { assertNothingLeft } from './left.ts';

export const mochaHooks = { afterAll: (): Promise<void> => assertNothingLeft() };
