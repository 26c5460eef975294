/** Root hook of every test file (`--require`): no test leaves a process behind. With `--parallel` after each file, else after the last one. */
import { assertNothingLeft } from './left.ts';

// Node.js reads that file, some 45 ms long, at each start; the tests start thousands and speak to nobody outside.
delete process.env['NODE_EXTRA_CA_CERTS'];

export const mochaHooks = { afterAll: (): Promise<void> => assertNothingLeft() };
