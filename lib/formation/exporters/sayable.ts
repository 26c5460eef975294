/** What no target takes: text that no process can be given, and variables that no shell hands on. Pure. */
import { BroodError } from '../../errors.ts';
import type { ExportedApp, ExportedProcess } from './model.ts';

/** NUL ends every argument and variable; half of a surrogate pair is no UTF-8. */
const UNSAYABLE = /[\0\p{Surrogate}]/u;
const SHELL_NAME = /^[A-Za-z_]\w*$/;

type Values = Readonly<Record<string, string>>;

function assertText(what: string, text: string, target: string): void {
  if (!UNSAYABLE.test(text)) return;
  const reason = 'it holds a NUL, or half of a character';
  throw new BroodError('BROOD_EXPORT_TEXT', { what, target, reason, remedy: 'No process can be given such a text: take it out.' });
}

/** Variables that are handed on; a shell drops the others. */
function handedOn(values: Values, whose: string, target: string): { readonly kept: Values; readonly notes: readonly string[] } {
  for (const [name, value] of Object.entries(values)) assertText(`the variable ${name} of ${whose}`, value, target);
  const dropped = Object.keys(values).filter(name => !SHELL_NAME.test(name));
  return {
    kept: Object.fromEntries(Object.entries(values).filter(([name]) => SHELL_NAME.test(name))),
    notes: dropped.map(name => `${whose}: the variable ${name} is left out: /bin/sh hands on no name but of letters, digits and "_"`),
  };
}

/**
 * The application without what cannot be said anywhere, and a note for each thing that was left out.
 *
 * @throws BROOD_EXPORT_TEXT
 */
export function sayable(app: ExportedApp, target: string): { readonly app: ExportedApp; readonly notes: readonly string[] } {
  const common = handedOn(app.environment, app.name, target);
  const own = app.processes.map(process => {
    assertText(`the command of ${process.type}`, process.command, target);
    assertText(`the directory of ${process.type}`, process.cwd, target);
    return { process, ...handedOn(process.env, process.type, target) };
  });
  const processes: readonly ExportedProcess[] = own.map(({ process, kept }) => ({ ...process, env: kept }));
  return { app: { ...app, environment: common.kept, processes }, notes: [...common.notes, ...own.flatMap(({ notes }) => notes)] };
}
