/** A line of a Procfile that runs Brood itself → the cluster that it stands for, which the master of the Procfile can run. Pure. */
import type { ProcessConfig } from './config/types.ts';

type Key = 'instances' | 'spare' | 'surge' | 'startTimeout' | 'drainTimeout' | 'killTimeout' | 'hangKill' | 'hangWarn' | 'maxRequests' | 'execPath';
/** What no process type has a key for. */
type TopKey = 'hostname' | 'listen' | 'sticky' | 'startMode' | 'framework';

/** A cluster, as a configuration file would say it. */
export interface BroodLine {
  readonly kind: 'cluster';
  readonly directory: string;
  /** `undefined`: that of the process type. */
  readonly port: number | undefined;
  readonly process: Readonly<Partial<Pick<ProcessConfig, Key>>>;
  readonly top: Readonly<Partial<Record<TopKey, string>>>;
}

export type ReadBroodLine = BroodLine | { readonly kind: 'nested'; readonly why: string } | { readonly kind: 'other' };

const FLAGS: Readonly<Record<string, Key>> = {
  workers: 'instances',
  w: 'instances',
  spare: 'spare',
  surge: 'surge',
  'start-timeout': 'startTimeout',
  'drain-timeout': 'drainTimeout',
  'kill-timeout': 'killTimeout',
  'hang-timeout': 'hangKill',
  'hang-warn': 'hangWarn',
  'max-requests': 'maxRequests',
  'exec-path': 'execPath',
};
const TOP_FLAGS: Readonly<Record<string, TopKey>> = {
  hostname: 'hostname',
  listen: 'listen',
  sticky: 'sticky',
  'start-mode': 'startMode',
  framework: 'framework',
};

/** Where a command of a line may begin: what is between has none of these signs. */
const SIGNS = /[;&|(]/;
/** `NODE_ENV=production exec npx ./node_modules/.bin/brood start` */
const RUNS = /^\s*(?:\w+=\S*\s+)*(?:exec\s+)?(?:npx\s+)?(?:[\w@.~/-]*\/)?brood\s+start(?=\s|$)/;
const SIMPLE = /^\s*(?:exec\s+)?(?:npx\s+)?(?:[\w@.~/-]*\/)?brood\s+start(?=\s|$)/;
const PLAIN = /^[\w@%+=:,./-]+$/;
const SLOT_PORT = /^(["']?)\$(?:PORT|\{PORT\})\1$/;
const FLAG = /^--?([a-z-]+)(?:=(.*))?$/;

const nested = (why: string): ReadBroodLine => ({ kind: 'nested', why });

/** `$PORT`, but not as the shell would leave it: in single quotes it is five characters. */
const isSlotPort = (word: string): boolean => SLOT_PORT.test(word) && !word.startsWith("'");

/** A flag, its value, and how many words both are. */
function flagAt(words: readonly string[], index: number): { readonly name: string; readonly value: string | undefined; readonly taken: number } | undefined {
  const [, name, inside] = FLAG.exec(words[index] ?? '') ?? [];
  if (name === undefined) return undefined;
  return inside === undefined ? { name, value: words[index + 1], taken: 2 } : { name, value: inside, taken: 1 };
}

class Reader {
  port: number | undefined;
  directory: string | undefined;
  readonly process: Record<string, string | number> = {};
  readonly top: Record<string, string> = {};

  /** What is wrong with it, if it is no simple flag. */
  flag(name: string, value: string | undefined): string | undefined {
    if (name === 'p' || name === 'port') return this.#portOf(value ?? '');
    const key = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
    const top = Object.hasOwn(TOP_FLAGS, name) ? TOP_FLAGS[name] : undefined;
    if (key === undefined && top === undefined) return `${name.length === 1 ? '-' : '--'}${name} is for a master of its own`;
    if (value === undefined || !PLAIN.test(value)) return `the value of ${name} is not written out`;
    if (top !== undefined) this.top[top] = value;
    if (key !== undefined) this.process[key] = /^\d+$/.test(value) ? Number(value) : value;
    return undefined;
  }

  word(word: string): string | undefined {
    if (!PLAIN.test(word)) return `the shell would read ${word}`;
    if (word.startsWith('-')) return `${word} is for a master of its own`;
    if (this.directory !== undefined) return 'it names more than one directory';
    this.directory = word;
    return undefined;
  }

  #portOf(value: string): string | undefined {
    if (isSlotPort(value)) return undefined;
    if (!/^\d+$/.test(value)) return 'its port is neither a number nor $PORT';
    this.port = Number(value);
    return undefined;
  }
}

/** Whether a shell line is `brood start` and nothing else, or has one in it. */
export function readBroodLine(line: string): ReadBroodLine {
  const simple = SIMPLE.exec(line);
  if (simple === null) {
    if (!line.split(SIGNS).some(part => RUNS.test(part))) return { kind: 'other' };
    return nested('it is more than that command');
  }
  const words = line.slice(simple[0].length).split(/\s+/).filter(Boolean);
  const reader = new Reader();
  for (let index = 0; index < words.length;) {
    const flag = flagAt(words, index);
    const wrong = flag === undefined ? reader.word(words[index] ?? '') : reader.flag(flag.name, flag.value);
    if (wrong !== undefined) return nested(wrong);
    index += flag?.taken ?? 1;
  }
  const { directory = '.', port, process, top } = reader;
  return { kind: 'cluster', directory, port, process, top };
}
