/** Where Brood itself is: the directory of index. */

/**
 * Of the modules in lib/ and of the bundles in entries/ it is the parent, of the bundle index.js its own directory.
 * With a slash at the end.
 */
export const ownDirectory: URL = new URL(/\/(?:lib|entries)\/[^/]+$/.test(import.meta.url) ? '../' : './', import.meta.url);
