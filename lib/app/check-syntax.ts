/**
 * A program of its own, run on the failure path only: finds which module cannot be parsed.
 *
 * import() rejects with an error that names neither file nor line; V8 keeps them for the report of an uncaught error. So
 * the modules are parsed again here, along their relative imports, nothing is evaluated, and the error is left uncaught.
 * Arguments: the file to begin with, and the message of the error to look for.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SourceTextModule } from 'node:vm';

const [entry = '', wanted = ''] = process.argv.slice(2);
const seen = new Set<string>();

/** `moduleRequests` where the running Node has it; `dependencySpecifiers`, which it replaces, before that. */
const specifiersOf = (module: SourceTextModule): readonly string[] => {
  if ('moduleRequests' in module && Array.isArray(module.moduleRequests)) {
    return module.moduleRequests.map((request: { readonly specifier: string }) => request.specifier);
  }
  return module.dependencySpecifiers;
};

const parse = (file: string): SourceTextModule | undefined => {
  try {
    return new SourceTextModule(readFileSync(file, 'utf8'), { identifier: file });
  } catch (error) {
    // A file that is missing, or CommonJS that is no ES module either, is not what we look for.
    if (error instanceof SyntaxError && error.message === wanted) throw error;
    return undefined;
  }
};

const visit = (file: string): void => {
  if (seen.has(file) || !/\.m?js$/.test(file)) return;
  seen.add(file);
  const module = parse(file);
  for (const specifier of module ? specifiersOf(module) : []) {
    if (/^(?:\.{0,2}\/|file:)/.test(specifier)) visit(fileURLToPath(new URL(specifier, pathToFileURL(file))));
  }
};

visit(entry);
