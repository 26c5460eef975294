/** Boots an application or an agent: finds its load units, loads configuration and hooks, and runs them up to willReady. */
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownDirectory } from '../own.ts';
import type { Boot } from '../protocol.ts';
import type { Agent, Application } from './application.ts';
import { appInfoOf, loadConfig, merge } from './config.ts';
import { shownPath } from './frame.ts';
import { Lifecycle } from './lifecycle.ts';
import { findModule, importFailed, importFile } from './module.ts';
import { loadPlugins } from './plugins.ts';

/** Brood's own directory, where index is: its agent and app are the first load unit. */
const OWN_DIRECTORY = fileURLToPath(ownDirectory);

/** Loads the modules of the option `require`, as they are found from the application. */
export const loadRequired = async ({ require: names, baseDir }: Boot, onStep: (step: string) => void): Promise<void> => {
  const resolver = createRequire(join(baseDir, 'package.json'));
  for (const name of names) {
    onStep(`require of ${name}`);
    const file = resolver.resolve(name);
    await importFile(file).catch(async (error: unknown) => {
      throw await importFailed(file, error, baseDir);
    });
  }
};

/** The option `framework` names a directory, or the main file in it. */
const directoryOf = (path: string): string => (statSync(path, { throwIfNoEntry: false })?.isFile() ? dirname(path) : path);

/** The directories to load from, in order: Brood's own, the framework's, those of the plugins, the application's. */
const findUnits = async (unit: Application | Agent, boot: Boot): Promise<readonly string[]> => {
  const frameworks = boot.framework === undefined ? [] : [directoryOf(boot.framework)];
  const plugins = await loadPlugins([...frameworks, boot.baseDir], appInfoOf(unit), boot.overrides?.plugins);
  const units = [OWN_DIRECTORY, ...frameworks, ...plugins.map(plugin => plugin.directory), boot.baseDir];
  return units.filter((directory, index) => units.indexOf(directory) === index);
};

const loadHooks = async (directories: readonly string[], lifecycle: Lifecycle, boot: Boot, onStep: (step: string) => void): Promise<void> => {
  for (const directory of directories) {
    const file = findModule(join(directory, boot.role));
    if (!file) continue;
    const shown = shownPath(file, boot.baseDir);
    onStep(`load of ${shown}`);
    const { exported } = await importFile(file).catch(async (error: unknown) => {
      throw await importFailed(file, error, boot.baseDir);
    });
    await lifecycle.add(shown, exported);
  }
};

/**
 * Loads everything and runs the lifecycle up to and including willReady; afterwards `unit.ready()` resolves, or rejects
 * with what this throws. What is to be served is then in `application.takeGuests()`.
 *
 * @param onStep told the step that is waited for, before each
 * @returns the lifecycle, for didReady() and serverDidReady()
 * @throws BROOD_HOOK_FAILED, BROOD_HOOK_SYNTAX, BROOD_HOOK_EXPORT, BROOD_CONFIG_INVALID, BROOD_PLUGIN_MISSING, BROOD_TYPESCRIPT
 */
export const loadUnits = async (unit: Application | Agent, boot: Boot, onStep: (step: string) => void): Promise<Lifecycle> => {
  try {
    const directories = await findUnits(unit, boot);
    unit.directories = directories;
    unit.config = merge(await loadConfig(directories, appInfoOf(unit), onStep), boot.overrides?.config ?? {});
    await unit.loggers.configure(unit.config['logger'], { baseDir: unit.baseDir, terminal: boot.terminal });
    const lifecycle = new Lifecycle(unit, onStep);
    await loadHooks(directories, lifecycle, boot, onStep);
    await lifecycle.boot();
    unit.settle();
    return lifecycle;
  } catch (error) {
    unit.settle(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
};
