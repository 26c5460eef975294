/** Which processes a changed file concerns: the agent, the workers, or, when that is not sure, both. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Imports } from './imports.ts';
import type { Reach } from './imports.ts';

export type Role = 'agent' | 'app';

export interface ApplicationFiles {
  readonly baseDir: string;
  readonly script?: string | undefined;
  readonly framework?: string | undefined;
}

/** Every process reads these, or may. */
const EVERYBODY = /^(?:config\/.*|package(?:-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|tsconfig.*\.json|\.env(?:\..*)?|app\/(?:schedule|extend)\/.*)$/;
/** By the conventions of Egg no agent loads these. */
const OF_EGG_WORKERS = /^app(?:\/(?:controller|service|middleware|view|public|web|io|router)(?:\/|\.)|\.[mc]?[jt]s$)/;

const HOOKS: Readonly<Record<Role, RegExp>> = { agent: /^agent\.[mc]?[jt]s$/, app: /^app\.[mc]?[jt]s$/ };

const list = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

export class Concerned {
  readonly #of: ApplicationFiles;
  readonly #imports = new Imports();
  /** What the processes that run now have loaded. */
  #before: Readonly<Record<Role, Reach>>;

  constructor(of: ApplicationFiles) {
    this.#of = of;
    this.#before = this.#now();
  }

  /** The application's own files that are loaded, wherever they are. */
  get loaded(): readonly string[] {
    return [...this.#before.agent.files, ...this.#before.app.files];
  }

  loads(file: string): boolean {
    return this.#before.agent.files.has(file) || this.#before.app.files.has(file);
  }

  /** Whom a change of these files concerns, by what was loaded before it or is after it; the agent comes first. */
  by(files: readonly string[]): readonly Role[] {
    this.#imports.forget(files);
    const before = this.#before;
    this.#before = this.#now();
    const reaches = [before, this.#before];
    return this.#roles().filter(role => files.some(file => reaches.some(reach => reach[role].files.has(file)) || this.#mayConcern(role, file, reaches)));
  }

  /** Whether an instance of `role`, whose text does not name the file, may have loaded it. */
  #mayConcern(role: Role, file: string, reaches: readonly Readonly<Record<Role, Reach>>[]): boolean {
    const shown = relative(this.#of.baseDir, file).split(sep).join('/');
    if (EVERYBODY.test(shown) || reaches.some(reach => reach[role].open)) return true;
    // Nobody names it: a template, a file for a library; the workers are what a person looks at.
    if (role === 'app') return !reaches.some(({ agent }) => agent.files.has(file));
    return this.#isFramework() && !OF_EGG_WORKERS.test(shown);
  }

  /** Whose files are not all found by the hooks of the application. */
  #isFramework(): boolean {
    const { baseDir, framework } = this.#of;
    if (framework !== undefined || list(join(baseDir, 'config')).some(name => name.startsWith('plugin.'))) return true;
    const manifest = join(baseDir, 'package.json');
    return existsSync(manifest) && /"egg"\s*:/.test(readFileSync(manifest, 'utf8'));
  }

  #roles(): readonly Role[] {
    return this.#of.script === undefined ? ['agent', 'app'] : ['app'];
  }

  #entries(role: Role): readonly string[] {
    const { baseDir, script } = this.#of;
    if (script !== undefined) return role === 'app' ? [join(baseDir, script)] : [];
    return list(baseDir)
      .filter(name => HOOKS[role].test(name))
      .map(name => join(baseDir, name));
  }

  #now(): Readonly<Record<Role, Reach>> {
    return { agent: this.#imports.reach(this.#entries('agent')), app: this.#imports.reach(this.#entries('app')) };
  }
}
