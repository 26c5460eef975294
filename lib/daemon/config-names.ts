/** How a configuration file may be called. */

/** In the order of the documentation; there may be one of them. */
export const CONFIG_FILES: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml'].map(ending => `brood.config.${ending}`);

/** The key of package.json that a configuration may stand under. */
export const MANIFEST_KEY = 'brood';
