/** Titles of processes, as a listing of processes shows them. */

/** Where the name of the process stands in a title; without it the name comes last. */
const PLACE = '{name}';

/** `brood: web.1 shop` of `brood: {name} shop`, or `my-title: web.1` of `my-title`. */
export const titleOf = (title: string, name: string): string => (title.includes(PLACE) ? title.replace(PLACE, name) : `${title}: ${name}`);
