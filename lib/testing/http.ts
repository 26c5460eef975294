/** httpRequest(): supertest on the address of an application; the package is the user's own, and loaded when it is asked for. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type supertest from 'supertest';
import type { Where } from '../app/guest.ts';
import { BroodError } from '../errors.ts';

/** What supertest(url) gives: `get()`, `post()` and the others. */
export type Requests = ReturnType<typeof supertest>;

let lent: ((file: string) => unknown) | undefined;

/**
 * Takes the require() of the test itself. In a runner with a sandbox (jest) supertest must come out of that one: it compares what
 * it got with what the test expects, and the objects of two worlds are never quite equal.
 */
export function lendRequire(require: (file: string) => unknown): void {
  lent = require;
}

/** A function out of the sandbox of the test; some sandboxes cannot load everything. */
function ofTheTest(file: string): unknown {
  try {
    const exported = lent?.(file);
    return typeof exported === 'function' ? exported : undefined;
  } catch {
    return undefined;
  }
}

/** From the application, from where the tests run, and from Brood, in this order. */
function loadSupertest(baseDir: string): typeof supertest {
  const name = 'supertest';
  const cwd = process.cwd();
  for (const from of [join(baseDir, 'package.json'), join(cwd, 'package.json'), import.meta.url]) {
    let file: string;
    const require: NodeJS.Require = createRequire(from);
    try {
      file = require.resolve(name);
    } catch {
      continue;
    }
    const exported = ofTheTest(file) ?? require(file);
    // Proven by the package's own types: its main export is this function.
    return exported as typeof supertest;
  }
  throw new BroodError('BROOD_TEST_PEER_MISSING', { member: 'httpRequest()', package: name, baseDir, cwd });
}

/** The URL of an address. */
export const urlOf = (where: Where, protocol: 'http' | 'https'): string =>
  'path' in where ? `${protocol}+unix://${encodeURIComponent(where.path)}` : `${protocol}://${where.host ?? '127.0.0.1'}:${where.port}`;

/** @throws BROOD_TEST_PEER_MISSING when supertest is not installed */
export function requestsTo(url: string, baseDir: string): Requests {
  const load = loadSupertest(baseDir);
  // A certificate of a test is signed by nobody.
  return url.startsWith('https') ? load.agent(url, { rejectUnauthorized: false }) : load(url);
}
