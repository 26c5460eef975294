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
const OF_EGG_WORKERS = /^app\/(?:controller|service|middleware|view|public|web|io|router)(?:\/|\.)/;

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

  /** Whom a change of these files concerns, by what was loaded before it or is after it; the agent comes first. */
  by(files: readonly string[]): readonly Role[] {
    this.#imports.forget(files);
    const before = this.#before;
    this.#before = this.#now();
    const roles = this.#roles();
    const hit = roles.filter(role => files.some(file => [before, this.#before].some(reach => this.#concerns(role, file, reach))));
    // Something else that the application reads, perhaps; the workers are what a person looks at.
    return hit.length > 0 ? hit : ['app'];
  }

  #concerns(role: Role, file: string, reach: Readonly<Record<Role, Reach>>): boolean {
    if (reach[role].files.has(file)) return true;
    const shown = relative(this.#of.baseDir, file).split(sep).join('/');
    if (EVERYBODY.test(shown)) return true;
    if (role === 'agent' && this.#isFramework() && OF_EGG_WORKERS.test(shown)) return false;
    return reach[role].open || (this.#isFramework() && role === 'agent');
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
