/** app_desc.yaml → the description of an application for one environment, and everything that was noticed on the way. */
import type { Fault } from '../config/json-fault.ts';
import { readYaml } from '../config/read-yaml.ts';
import { entryOf } from '../config/tree.ts';
import type { Entry, Node } from '../config/tree.ts';
import type { Remark } from '../remark.ts';
import { isFatal } from '../remark.ts';
import type { Draft } from './draft.ts';
import { MOST_REPLICAS } from './limits.ts';
import { Enough, Notebook, TooMuch } from './notebook.ts';
import { checkDraft } from './rules.ts';
import { settleDraft } from './settle.ts';
import { UNSUPPORTED } from './unsupported.ts';
import { readVersion2 } from './version-2.ts';
import { readVersion3 } from './version-3.ts';
import type { AppDescription, DescEnvironment } from './types.ts';

/** YAML takes a second for so much where it is made to be slow; a description has some hundred lines. */
const MOST_CHARACTERS = 48 * 1024;

/** A logo in base64 is one plain word, which takes no time, so that its line does not count. All in all: */
export const MOST_BYTES = 1024 * 1024;
const BASE64_LINE = /^[ \t]*[\w-]+:[ \t]+["']?[A-Za-z\d+/=]{512,}["']?[ \t\r]*$/;

export interface ReadOptions {
  readonly environment: DescEnvironment;
  /** One that has to be there. */
  readonly module?: string;
  /** So many replicas may a process have. Default: 5, as in the plans of BlueKing. */
  readonly mostReplicas?: number;
}

export interface ReadAppDesc {
  /** Only without an error among the remarks. */
  readonly description?: AppDescription;
  readonly remarks: readonly Remark[];
}

const alone = (remark: Pick<Remark, 'rule' | 'message' | 'remedy'>): ReadAppDesc => ({ remarks: [{ level: 'error', ...remark, line: 1, column: 1 }] });

const TOO_LARGE: Pick<Remark, 'rule' | 'message' | 'remedy'> = {
  rule: 'too-large',
  message: `the file is too large for a description: more than ${MOST_CHARACTERS / 1024} KiB`,
  remedy: 'Take out what describes no application.',
};
const TOO_MUCH: Pick<Remark, 'rule' | 'message' | 'remedy'> = {
  rule: 'too-large',
  message: 'the file stands for more than 20000 values, or for more than 100 levels of them',
  remedy: 'Look for aliases that stand for each other.',
};

/** What there is to say of a file that need not be read. */
export const tooLarge = (): ReadAppDesc => alone(TOO_LARGE);

/** Without the lines that take no time. */
function isTooLarge(text: string): boolean {
  if (text.length > MOST_BYTES) return true;
  if (text.length <= MOST_CHARACTERS) return false;
  return text.split('\n').reduce((sum, line) => sum + (line.length > 512 && BASE64_LINE.test(line) ? 0 : line.length + 1), 0) > MOST_CHARACTERS;
}

const REMEDY = 'Write spec_version: 2 or specVersion: 3.';
const SPELT = ['spec_version', 'specVersion'] as const;

interface Version {
  readonly number: 2 | 3;
  readonly spelt: string;
}

/** Which version it is; otherwise why it cannot be told, or is not read. */
function versionOf(entries: readonly Entry[], notes: Notebook): Version | undefined {
  const found = SPELT.map(spelt => entryOf(entries, spelt)).find(entry => entry !== undefined);
  const value = found?.value.kind === 'scalar' ? found.value.value : undefined;
  if (found !== undefined && (value === 2 || value === 3)) {
    const usual = SPELT[value - 2] ?? found.key;
    if (usual !== found.key)
      notes.add(
        'warning',
        { rule: 'version-key', message: `version ${value} writes "${usual}", not "${found.key}"`, remedy: `Write ${usual}: ${value}.` },
        found,
      );
    return { number: value, spelt: found.key };
  }
  const code = entryOf(entries, 'app_code');
  if (found === undefined && code !== undefined) {
    notes.error(
      { rule: UNSUPPORTED, message: 'this is version 1 of the description (app_code without a version), which is no longer supported', remedy: REMEDY },
      code,
    );
  } else if (found === undefined || value === null)
    notes.error({ rule: UNSUPPORTED, message: 'the file names no version of the description', remedy: REMEDY }, found ?? { from: 0, to: 0 });
  else {
    const written = notes.text.slice(found.value.from, Math.min(found.value.to, found.value.from + 40)).split('\n')[0];
    notes.error({ rule: UNSUPPORTED, message: `the version ${written} of the description is not supported`, remedy: REMEDY }, found.value);
  }
  return undefined;
}

function draftFrom(root: Node, notes: Notebook, { mostReplicas = MOST_REPLICAS }: ReadOptions): Draft | undefined {
  if (root.kind === 'scalar' && root.value === null) return void versionOf([], notes);
  if (root.kind !== 'object') {
    notes.error({ rule: 'wrong-value', message: 'the file must be an object of keys and values', remedy: REMEDY }, root);
    return undefined;
  }
  const version = versionOf(root.entries, notes);
  if (version === undefined) return undefined;
  const rule = { mostReplicas, spelt: version.spelt };
  return version.number === 2 ? readVersion2(root, notes, rule) : readVersion3(root, notes, rule);
}

function readTree(root: Node, notes: Notebook, options: ReadOptions): Draft | undefined {
  const draft = draftFrom(root, notes, options);
  if (draft === undefined) return undefined;
  checkDraft(draft, notes);
  const { module } = options;
  const names = draft.modules.map(({ name }) => name);
  if (module !== undefined && !names.includes(module) && names.length > 0)
    notes.unknownName({ rule: 'unknown-module', message: `there is no module "${module}"` }, module, names, draft.modules[0]?.at);
  return draft;
}

/** The first mistakes of the syntax; nothing is read then. */
function unreadable(faults: readonly Fault[], notes: Notebook): ReadAppDesc {
  for (const { reason, offset } of faults) notes.error({ rule: 'syntax', message: reason.trim(), remedy: 'Mend the YAML.' }, { from: offset, to: offset });
  return { remarks: notes.remarks };
}

const byPlace = (a: Remark, b: Remark): number => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

/** Reads a description. It never throws: what is wrong is among the remarks, in the order of the file. */
export function readAppDesc(text: string, options: ReadOptions): ReadAppDesc {
  const plain = text.replace(/^\uFEFF/, '');
  if (isTooLarge(plain)) return tooLarge();
  const { root, faults } = readYaml(plain);
  const notes = new Notebook(plain);
  if (root === undefined || faults.length > 0) return unreadable(faults, notes);
  let draft: Draft | undefined;
  try {
    draft = readTree(root, notes, options);
  } catch (error) {
    if (error instanceof TooMuch) return alone(TOO_MUCH);
    if (!(error instanceof Enough)) throw error;
  }
  const remarks = [...notes.remarks].sort(byPlace);
  return draft === undefined || isFatal(remarks) ? { remarks } : { description: settleDraft(draft, options.environment), remarks };
}
