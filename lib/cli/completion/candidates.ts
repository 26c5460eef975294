/** What may stand where somebody presses Tab: commands, flags, values, names of what runs. Pure. */
import type { CommandEntry, FlagEntry, Words } from '../command.ts';
import { SENT_BY_HAND } from './signals.ts';

/** What completes a word. */
export interface Candidate {
  readonly value: string;
  readonly about: string;
}

/** What the shell itself knows to complete. */
export type Own = 'files' | 'directories';

export interface Offer {
  readonly candidates: readonly Candidate[];
  readonly own?: Own;
}

/** What runs at this moment; nothing, where nothing does. */
export interface Live {
  readonly instances: readonly Candidate[];
  readonly types: readonly (Candidate & { readonly wanted: number })[];
}

export const NOTHING_LIVE: Live = { instances: [], types: [] };
const NOTHING: Offer = { candidates: [] };

const candidate = (value: string, about = ''): Candidate => ({ value, about });

/** Where words end that were typed for one purpose, and what the last one is for. */
export interface Place {
  /** The word under the cursor, as far as it was typed. */
  readonly current: string;
  /** The flag whose value it is. */
  readonly flag: FlagEntry | undefined;
  /** What stands before it in the same word: `--output=`. */
  readonly before: string;
  readonly given: ReadonlySet<string>;
  /** Words that are no flags, before this one. */
  readonly words: readonly string[];
  /** Flags mean nothing here. */
  readonly isWord: boolean;
  /** Value of --dir. */
  readonly directory: string | undefined;
}

const named = (flags: readonly FlagEntry[], word: string): FlagEntry | undefined =>
  flags.find(({ name, short }) => word === `--${name}` || (short !== undefined && word === `-${short}`));

/** Reads the words after a command as its parser would. */
export function placeOf({ flagsFirst }: Pick<CommandEntry, 'flagsFirst'>, flags: readonly FlagEntry[], typed: readonly string[]): Place {
  const given = new Set<string>();
  const words: string[] = [];
  let directory: string | undefined;
  let isWord = false;
  let flag: FlagEntry | undefined;
  const current = typed.at(-1) ?? '';
  for (const word of typed.slice(0, -1)) {
    if (flag !== undefined) {
      if (flag.name === 'dir') directory = word;
      flag = undefined;
    } else if (isWord || !word.startsWith('-') || word === '-') {
      words.push(word);
      isWord ||= flagsFirst === true;
    } else if (word === '--') isWord = true;
    else {
      const [name = '', value] = word.split('=', 2);
      const entry = named(flags, name);
      if (entry !== undefined) given.add(entry.name);
      if (entry?.name === 'dir' && value !== undefined) directory = value;
      flag = entry?.value !== undefined && value === undefined ? entry : undefined;
    }
  }
  const [, name, rest] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  const assigned = isWord || flag !== undefined || name === undefined ? undefined : named(flags, name);
  if (assigned?.value !== undefined) return { current: rest ?? '', flag: assigned, before: `${name}=`, given, words, isWord, directory };
  return { current, flag, before: '', given, words, isWord, directory };
}

function valuesOf({ choices, offers, value }: FlagEntry): Offer {
  if (value === 'DIR') return { candidates: [], own: 'directories' };
  if (value === 'FILE') return { candidates: [], own: 'files' };
  return { candidates: [...(choices ?? []), ...(offers ?? [])].map(one => candidate(one)) };
}

const flagCandidates = (flags: readonly FlagEntry[], given: ReadonlySet<string>): readonly Candidate[] =>
  flags
    .filter(({ name, many }) => many === true || !given.has(name))
    .map(({ name, negated, about }) => candidate(`--${negated === true ? 'no-' : ''}${name}`, about));

/** `web=`, and once that is typed, quantities near the one that is. */
function quantities({ types }: Live, current: string): readonly Candidate[] {
  const typed = types.find(({ value }) => current.startsWith(`${value}=`));
  if (typed === undefined) return types.filter(({ value }) => value !== 'agent').map(({ value, about }) => candidate(`${value}=`, about));
  const { value, wanted } = typed;
  return [wanted + 1, wanted - 1, wanted * 2, wanted, 0]
    .filter((count, index, all) => count >= 0 && all.indexOf(count) === index)
    .map(count => candidate(`${value}=${count}`, count === wanted ? 'as it is' : ''));
}

/** Not yet named, with what names them all. */
function targets(live: Live, given: readonly string[]): readonly Candidate[] {
  const all = live.types.length === 0 ? [] : [candidate('all', 'everything')];
  const names = [...live.types, ...live.instances].filter(({ value }, index, every) => every.findIndex(one => one.value === value) === index);
  return [...names, ...all].filter(({ value }) => !given.includes(value));
}

function wordsOf(kind: Words, { words, current }: Place, live: Live, commands: readonly CommandEntry[]): Offer {
  switch (kind) {
    case 'nothing': {
      return NOTHING;
    }
    case 'commands': {
      return words.length > 0 ? NOTHING : { candidates: [...commandCandidates(commands), candidate('exit-codes', 'what they mean')] };
    }
    case 'files': {
      return words.length > 0 ? NOTHING : { candidates: [], own: 'files' };
    }
    case 'shells': {
      return words.length > 0 ? NOTHING : { candidates: ['bash', 'zsh', 'fish'].map(one => candidate(one)) };
    }
    case 'types': {
      return { candidates: live.types.filter(({ value }) => !words.includes(value)) };
    }
    case 'quantities': {
      return { candidates: quantities(live, current) };
    }
    case 'instances': {
      return { candidates: live.instances.filter(({ value }) => !words.includes(value)) };
    }
    case 'signals': {
      if (words.length > 0) return { candidates: targets(live, words.slice(1)) };
      const isLong = current.toUpperCase().startsWith('SIG');
      return { candidates: SENT_BY_HAND.map(([name, about]) => candidate(`${isLong ? 'SIG' : ''}${name}`, about)) };
    }
    case 'targets':
    case 'log-targets': {
      return { candidates: targets(live, words) };
    }
  }
}

/** Names, in the order of the help; other names of them only once they are typed. */
const commandCandidates = (commands: readonly CommandEntry[]): readonly Candidate[] =>
  commands.filter(({ hidden }) => hidden !== true).map(({ name, summary }) => candidate(name, summary));

const matching = ({ candidates, ...rest }: Offer, typed: string, before: string): Offer => ({
  ...rest,
  candidates: candidates.filter(({ value }) => value.startsWith(typed)).map(({ value, about }) => candidate(before + value, about)),
});

/** For the first word after `brood`. */
export function offerCommands(typed: string, commands: readonly CommandEntry[]): Offer {
  const own = matching({ candidates: commandCandidates(commands) }, typed, '');
  if (own.candidates.length > 0 || typed === '') return own;
  const others = commands.flatMap(({ hidden, aliases = [], name }) => (hidden === true ? [] : aliases.map(alias => candidate(alias, `the same as ${name}`))));
  return matching({ candidates: others }, typed, '');
}

/** For a word after a command. `live` is asked for only where names of it may stand. */
export async function offer(entry: CommandEntry, flags: readonly FlagEntry[], place: Place, house: House): Promise<Offer> {
  const { current, flag, before, given, isWord } = place;
  if (flag !== undefined) return matching(valuesOf(flag), current, before);
  if (!isWord && current.startsWith('-')) return matching({ candidates: flagCandidates(flags, given) }, current, '');
  if (isWord && entry.flagsFirst === true) return { candidates: [], own: 'files' };
  const needsLive = ['targets', 'log-targets', 'types', 'quantities', 'instances', 'signals'].includes(entry.words);
  const live = needsLive ? await house.live(place.directory) : NOTHING_LIVE;
  return matching(wordsOf(entry.words, place, live, house.commands), current, '');
}

export interface House {
  readonly commands: readonly CommandEntry[];
  readonly live: (directory: string | undefined) => Promise<Live>;
}
