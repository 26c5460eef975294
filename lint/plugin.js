/** The rules of this house that oxlint does not have, as a plugin for it: the layers, and who may end a process. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const LAYERS = JSON.parse(readFileSync(path.join(import.meta.dirname, 'layers.json'), 'utf8'));
const PLACED = ['lib/', 'bin/', 'index.ts', 'agent.ts', 'app.ts'];
const PROCESSES = new Set(['child_process', 'cluster']);
const EXITS = new Set(['exit', 'reallyExit', 'abort']);

const covers = (pattern, file) => (pattern.endsWith('/') ? file.startsWith(pattern) : file === pattern);
const isPlaced = file => PLACED.some(pattern => covers(pattern, file));

/** The row with the longest pattern that covers `file`: lib/app/entry/ is not lib/app/. */
function layerOf(file) {
  const fits = LAYERS.flatMap(row => row.files.filter(pattern => covers(pattern, file)).map(pattern => ({ row, pattern })));
  return fits.sort((a, b) => b.pattern.length - a.pattern.length)[0]?.row;
}

const relative = absolute => path.relative(root, absolute).split(path.sep).join('/');

/** What is wrong with `specifier` in `file` of the layer `row`; undefined when it is right. */
function fault(file, row, specifier) {
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const target = relative(path.resolve(root, path.dirname(file), specifier)).replace(/\.(m|c)?js$/, '.$1ts');
    const to = layerOf(target);
    if (to === undefined) return `"${target}" is in no layer`;
    if (to === row || row.imports.includes(to.layer)) return undefined;
    return `layer ${row.layer} must not import layer ${to.layer} (${target}); it may import: ${row.imports.join(', ') || 'nothing'}`;
  }
  if (specifier === 'brood' || specifier.startsWith('brood/')) return 'Brood does not import itself by name: name the file';
  if (row.outside === false) return `layer ${row.layer} is pure: no node: module and no package, but it imports "${specifier}"`;
  const module = specifier.replace(/^node:/, '').split('/')[0];
  if (PROCESSES.has(module) && row.processes !== true) return `layer ${row.layer} must not import "${specifier}"; only lib/child/ starts processes`;
  return undefined;
}

const layers = {
  create(context) {
    const file = relative(context.filename);
    if (!isPlaced(file)) return {};
    const row = layerOf(file);
    const check = (node, source) => {
      const specifier = source?.value ?? (source?.type === 'TemplateLiteral' && source.expressions.length === 0 ? source.quasis[0].value.cooked : undefined);
      if (typeof specifier !== 'string' || row === undefined) return;
      const message = fault(file, row, specifier);
      if (message !== undefined) context.report({ node, message: `${message} (lint/layers.json)` });
    };
    return {
      Program: node => row === undefined && context.report({ node, message: `${file} is in no layer (lint/layers.json)` }),
      ImportDeclaration: node => check(node, node.source),
      ExportAllDeclaration: node => check(node, node.source),
      ExportNamedDeclaration: node => check(node, node.source),
      ImportExpression: node => check(node, node.source),
      TSImportType: node => check(node, node.source),
      TSImportEqualsDeclaration: node => check(node, node.moduleReference.expression),
      CallExpression: node => node.callee.type === 'Identifier' && node.callee.name === 'require' && check(node, node.arguments[0]),
    };
  },
};

const nameOf = (key, computed) => (computed ? key.value : (key.name ?? key.value));
const isProcess = node =>
  (node?.type === 'Identifier' && node.name === 'process') || (node?.type === 'MemberExpression' && nameOf(node.property, node.computed) === 'process');

const exits = {
  create(context) {
    const file = relative(context.filename);
    if (!isPlaced(file) || layerOf(file)?.exits?.includes(file)) return {};
    const allowed = LAYERS.flatMap(row => row.exits ?? []).join(', ');
    const report = (node, name) => context.report({ node, message: `process.${name} is called in ${allowed} and nowhere else` });
    return {
      MemberExpression: node => {
        const name = nameOf(node.property, node.computed);
        if (EXITS.has(name) && isProcess(node.object)) report(node, name);
      },
      VariableDeclarator: node => {
        if (node.id.type !== 'ObjectPattern' || !isProcess(node.init)) return;
        for (const property of node.id.properties)
          if (property.key && EXITS.has(nameOf(property.key, property.computed))) report(property, nameOf(property.key, property.computed));
      },
      ImportSpecifier: node => {
        if (/^(node:)?process$/.test(node.parent.source.value) && EXITS.has(node.imported.name)) report(node, node.imported.name);
      },
    };
  },
};

export default { meta: { name: 'brood' }, rules: { layers, exits } };
