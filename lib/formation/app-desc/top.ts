/** The top of a description, which its two versions have in common, and how a module by itself becomes one of several. */
import type { Node } from '../config/tree.ts';
import type { Draft, DraftModule } from './draft.ts';
import { APP_CODE } from './limits.ts';
import type { Notebook, Place } from './notebook.ts';
import { free, freeObject, object } from './objects.ts';
import { flag, text, whole } from './readers.ts';
import type { Key, Style } from './objects.ts';
import type { Reader } from './readers.ts';

interface RawDisplay {
  readonly width?: number;
  readonly height?: number;
  readonly isMaximized?: boolean;
  readonly isWinMaximize?: boolean;
  readonly visible?: boolean;
  readonly isVisible?: boolean;
  readonly openMode?: string;
}
interface RawMarket {
  readonly category?: string;
  readonly introduction?: string;
  readonly introductionEn?: string;
  readonly description?: string;
  readonly descriptionEn?: string;
  readonly displayOptions?: RawDisplay;
  readonly logoB64data?: string;
}
interface RawApp {
  readonly region?: string;
  readonly bkAppCode?: string;
  readonly bkAppName?: string;
  readonly bkAppNameEn?: string;
  readonly market?: RawMarket;
}

const anyText = text('a text', { blank: true });

function app(style: Style): Reader<RawApp> {
  const display = object<RawDisplay>(style, {
    width: { of: whole(0, 100_000) },
    height: { of: whole(0, 100_000) },
    isMaximized: { of: flag },
    isWinMaximize: { of: flag },
    visible: { of: flag },
    isVisible: { of: flag },
    openMode: { of: anyText },
  });
  const market = object<RawMarket>(style, {
    category: { of: anyText },
    introduction: { of: text('a text'), needed: true },
    introductionEn: { of: anyText },
    description: { of: anyText },
    descriptionEn: { of: anyText },
    displayOptions: { of: display },
    // As it is written: `_b64data` begins with no capital letter.
    logoB64data: { of: anyText, ...(style === 'snake' ? { as: 'logo_b64data' } : {}) },
  });
  const code = text('the code of an application: small letters, digits and -, a letter first, at most 39 characters (with _ 3 to 20)', { like: APP_CODE });
  return object<RawApp>(style, {
    region: { of: anyText, kept: 'it is the edition of the platform' },
    bkAppCode: { of: code },
    bkAppName: { of: text('the name of an application') },
    bkAppNameEn: { of: text('the name of an application') },
    market: { of: market, kept: 'it is for the market of the platform' },
  });
}

interface RawTop<One, Several> {
  readonly specVersion?: unknown;
  readonly appVersion?: string;
  readonly app?: RawApp;
  readonly module?: One;
  readonly modules?: Several;
  readonly tenant?: unknown;
  readonly logoB64data?: string;
}

export interface VersionRule {
  readonly mostReplicas: number;
  /** The key that names the version, as it stands in the file. */
  readonly spelt: string;
}

export interface TopRule<One extends object, Several extends readonly unknown[]> {
  readonly version: 2 | 3;
  readonly style: Style;
  readonly spelt: string;
  readonly one: Key<One>;
  readonly several: Key<Several>;
  readonly draftOf: (one: One, name: string, at: Place['span']) => DraftModule;
  readonly draftsOf: (several: Several) => readonly DraftModule[];
}

/** How a module is called that stands by itself. */
export const ONLY_MODULE = 'default';

const nothing = { rule: 'no-module', message: 'the file describes no module', remedy: 'Describe it under "module", or several under "modules".' };
const both = { rule: 'module-and-modules', message: 'there are "modules", so that "module" is not used', remedy: 'Take "module" out.' };

/** Reads all of it. `undefined`: there is nothing to go on with. */
export function readTop<One extends object, Several extends readonly unknown[]>(rule: TopRule<One, Several>, root: Node, notes: Notebook): Draft | undefined {
  const { style, version, spelt } = rule;
  const place: Place = { name: '', span: { from: 0, to: 0 }, depth: 0 };
  const top = object<RawTop<One, Several>>(style, {
    specVersion: { of: free, as: spelt },
    appVersion: { of: anyText, kept: 'it is shown with the packages of the platform' },
    app: { of: app(style) },
    module: rule.one,
    modules: rule.several,
    tenant: { of: freeObject, kept: 'it is about the tenants of the platform' },
    logoB64data: { of: anyText, kept: 'it is for the market of the platform', ...(style === 'snake' ? { as: 'logo_b64data' } : {}) },
  }).read(root, place, notes);
  if (top === undefined) return undefined;
  const { module: one, modules: several, app: application = {}, appVersion, tenant, logoB64data } = top;
  const at = (key: string): Place['span'] => notes.placeIn(top, key)?.span ?? place.span;
  const has = (key: string): boolean => at(key) !== place.span;
  if (!has('module') && !has('modules')) notes.error(nothing, place.span);
  if (has('module') && has('modules')) notes.add('warning', both, at('module'));
  const modules = several !== undefined ? rule.draftsOf(several) : one === undefined || has('modules') ? [] : [rule.draftOf(one, ONLY_MODULE, at('module'))];
  const platform = { app: application, ...kept({ appVersion, tenant, logoB64data }) };
  return { version, name: application.bkAppCode, modules, isSeveral: has('modules'), platform };
}

/** Without what is not there. */
export const kept = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
