/** Where Brood itself is: the directory of index. */

/** What follows it in the path of a module in lib/, and of a bundle in entries/ or bin/; of those for Egg, at the places that Egg's tools look for. */
const INSIDE = /\/(?:lib|bin|entries(?:\/egg-cluster\/lib|\/@eggjs\/cluster\/dist\/commonjs)?)\/[^/]+$/;

/** Of the bundle index.js it is its own directory. With a slash at the end. */
export const ownDirectory: URL = new URL(INSIDE.test(import.meta.url) ? import.meta.url.replace(INSIDE, '/') : './', import.meta.url);

/** A bundle that a process or a thread starts with; bundles are made after the compilation (build/bundle.js). */
export const entryUrl = (name: string): URL => new URL(`entries/${name}.cjs`, ownDirectory);
