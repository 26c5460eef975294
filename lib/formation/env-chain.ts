/** Several .env files → the variables of an application; `${NAME}` stands for a value only where that is asked for. Pure. */

type Variables = Readonly<Record<string, string>>;

/** Each one after another: what a later file says goes before what an earlier one says. */
export const chained = (files: readonly Variables[]): Variables => Object.assign(Object.create(null) as Variables, ...files);

const REFERENCE = /\\?\$\{(?<name>[A-Za-z_]\w*)(?::-(?<fallback>[^}]*))?\}/g;

/**
 * Puts in what `${NAME}` stands for: a variable of the files that was set before, else of the environment, else nothing;
 * `${NAME:-text}`: else that text; `\${NAME}` stays `${NAME}`. A value that is put in is not looked at again.
 */
export function expanded(variables: Variables, environment: Readonly<Record<string, string | undefined>>): Variables {
  const done: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(variables)) {
    done[key] = value.replaceAll(REFERENCE, (whole: string, name: string, fallback = '') => {
      if (whole.startsWith('\\')) return whole.slice(1);
      const known = done[name] ?? environment[name];
      return known === undefined || known === '' ? String(fallback) : known;
    });
  }
  return done;
}
