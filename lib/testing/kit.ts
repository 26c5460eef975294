/** The bundle of the test kit: what users import, and what the front of the bundle (build/bundle.js) calls. */
export * from './index.ts';
export { lendRequire } from './http.ts';
