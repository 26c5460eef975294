/** A place outside of the repository with egg from npm, for applications that run on it. Installed once on a machine. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fixture, root } from '../helpers/paths.ts';

export type Generation = 'three' | 'four';

/** Egg's own tools, beside what the applications themselves need. */
const TOOLS: Readonly<Record<Generation, Readonly<Record<string, string>>>> = {
  three: { 'egg-scripts': '^2.17.0', 'egg-mock': '^5.15.1' },
  four: { '@eggjs/scripts': '^4.0.0', '@eggjs/mock': '^6.0.7' },
};

const INSTALL_LIMIT = 240_000;

function dependenciesOf(generation: Generation): Readonly<Record<string, string>> {
  const manifest: unknown = JSON.parse(readFileSync(fixture('egg', generation, 'package.json'), 'utf8'));
  const own: unknown = typeof manifest === 'object' && manifest !== null && 'dependencies' in manifest ? manifest.dependencies : undefined;
  // A file of this repository: name to version.
  return { ...(own as Record<string, string>), ...TOOLS[generation] };
}

/** The directory with the installed packages; an installation that was cut off does not count. */
async function installed(generation: Generation): Promise<string> {
  const dependencies = dependenciesOf(generation);
  const key = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex').slice(0, 12);
  const directory = join(tmpdir(), `brood-egg-${generation}-${key}`);
  if (existsSync(directory)) return directory;
  const building = mkdtempSync(`${directory}-`);
  writeFileSync(join(building, 'package.json'), JSON.stringify({ name: `egg-${generation}`, private: true, dependencies }));
  const flags = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  await promisify(execFile)('npm', flags, { cwd: building, timeout: INSTALL_LIMIT });
  try {
    renameSync(building, directory);
  } catch {
    // Another run was quicker.
    rmSync(building, { recursive: true, force: true });
  }
  return directory;
}

export interface Site {
  /** A copy of the application in fixtures/egg. */
  readonly baseDir: string;
  /** A framework of two lines: egg, and startCluster() of Brood. */
  readonly framework: string;
  /** Path of something in node_modules. */
  module(...names: readonly string[]): string;
  /** What the application has told with tell(): `agent 123 didReady`. */
  readonly events: string;
  /** While this file exists, the application does not boot. */
  readonly broken: string;
  remove(): void;
}

/** @param generation which egg */
export async function makeSite(generation: Generation): Promise<Site> {
  const directory = await installed(generation);
  const own = mkdtempSync(join(directory, 'run-'));
  // In one step: other test files may be using it.
  symlinkSync(root, join(own, 'brood'));
  renameSync(join(own, 'brood'), join(directory, 'node_modules', 'brood'));
  const baseDir = join(own, 'app');
  cpSync(fixture('egg', generation), baseDir, { recursive: true });
  mkdirSync(join(baseDir, 'node_modules'));
  symlinkSync(join(directory, 'node_modules', 'egg'), join(baseDir, 'node_modules', 'egg'));
  const framework = join(own, 'framework');
  cpSync(fixture('egg', `framework-${generation}`), framework, { recursive: true });
  return {
    baseDir,
    framework,
    module: (...names) => join(directory, 'node_modules', ...names),
    events: join(own, 'events'),
    broken: join(own, 'broken'),
    remove: () => rmSync(own, { recursive: true, force: true }),
  };
}
