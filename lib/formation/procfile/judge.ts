/** Collects what is said of a Procfile, at the level that its profile gives it. */
import { shownLine } from '../../policy/secret-names.ts';
import { TYPE_NAME } from '../type-name.ts';
import type { Remark, RemarkLevel } from '../remark.ts';
import { quoted } from './characters.ts';
import { BROOD_NAME, nameFaults, nearestName, OWN_NAMES } from './names.ts';
import type { NameRule } from './names.ts';
import type { ProfileRules } from './profile.ts';
import { REMARKS } from './remark-table.ts';
import type { RemarkDetails, RemarkEntry, RemarkRule } from './remark-table.ts';

/** Both count from 1; without them it is about the file. */
export interface Place {
  readonly line?: number;
  readonly column?: number;
}

const MEANINGS: Readonly<Record<string, string>> = {
  all: 'every process in a formation and in commands, so that it cannot be meant alone',
  system: "Brood itself in the log, so that its lines cannot be told from Brood's",
};

const fill = (template: string, details: RemarkDetails): string => template.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? ''));

export class Judge {
  readonly remarks: Remark[] = [];
  readonly profile: ProfileRules;
  readonly isLenient: boolean;
  /** Names that the file has already, and that were proposed. */
  readonly #taken: Set<string>;
  readonly #proposals = new Map<string, string>();

  constructor(profile: ProfileRules, isLenient: boolean, taken: ReadonlySet<string>) {
    this.profile = profile;
    this.isLenient = isLenient;
    this.#taken = new Set(taken);
  }

  #levelOf({ level, forgivable }: RemarkEntry): RemarkLevel {
    const own = level === 'stray' ? this.profile.stray : level === 'name' ? (this.profile.name?.level ?? 'warning') : level;
    return forgivable === true && this.isLenient ? 'warning' : own;
  }

  tell(rule: RemarkRule, place: Place, details: RemarkDetails = {}): void {
    const entry: RemarkEntry = REMARKS[rule];
    this.remarks.push({ level: this.#levelOf(entry), rule, message: fill(entry.message, details), remedy: fill(entry.remedy, details), ...place });
  }

  /** The nearest name that every rule of this profile allows. */
  #proposal(name: string): string {
    const known = this.#proposals.get(name);
    if (known !== undefined) return known;
    const rules = [...(this.profile.name === undefined ? [] : [this.profile.name.rule]), BROOD_NAME];
    const found = nearestName(name, rules, this.#taken);
    this.#taken.add(found);
    this.#proposals.set(name, found);
    return found;
  }

  #tellName(rule: RemarkRule, word: string, place: Place, details: RemarkDetails = {}): void {
    // What stands before a colon may be no name at all: TOKEN=abc://x
    const name = shownLine(word);
    this.tell(rule, place, { name: quoted(name), proposal: quoted(this.#proposal(name)), ...details });
  }

  /** A word before a colon that can be no name anywhere. */
  noName(name: string, place: Place): void {
    this.#tellName('invalid-name', name, place, { reasons: nameFaults(name, BROOD_NAME).join(', ') });
  }

  /** Everything that there is to a name by itself. */
  name(name: string, place: Place): void {
    const { name: asked } = this.profile;
    const faults = (rule: NameRule): string => nameFaults(name, rule).join(', ');
    const alien = asked === undefined ? '' : faults(asked.rule);
    const unfit = TYPE_NAME.test(name) ? '' : faults(BROOD_NAME);
    if (asked !== undefined && alien !== '') this.#tellName('profile-name', name, place, { who: asked.rule.who, reasons: alien });
    if (unfit !== '' && (alien === '' || asked?.level !== 'error')) this.#tellName('unfit-name', name, place, { reasons: unfit });
    const meaning = MEANINGS[name];
    if (OWN_NAMES.has(name)) this.#tellName('own-name', name, place);
    else if (meaning !== undefined && Object.hasOwn(MEANINGS, name)) this.#tellName('reserved-name', name, place, { meaning });
    else if (name === 'release') this.tell('release', place);
  }
}
