/** The rows of the commands around the configuration file. */
import { TOOLS } from '../formation/procfile/dialects/tool.ts';
import { PROFILES } from '../formation/procfile/profile.ts';
import type { CommandEntry, FlagEntry } from './command.ts';
import { DIR_FLAG, JSON_FLAG } from './common-flags.ts';

const options = async () => (await import('./flags.ts')).START_FLAGS;
const ENV_FLAG: FlagEntry = { name: 'env', short: 'e', value: 'NAME', about: 'environment to read it for: local, prod, …' };

const PROCFILE_FLAGS: readonly FlagEntry[] = [
  { name: 'procfile', short: 'f', value: 'FILE', about: 'this Procfile' },
  { name: 'profile', value: 'NAME', choices: [...PROFILES, 'all'], about: 'rules for a Procfile (foreman)' },
  { name: 'lenient', about: 'of a name twice in a Procfile the last one counts' },
];

export const CONFIGURE: readonly CommandEntry[] = [
  {
    name: 'check',
    group: 'Set up',
    summary: 'could it start? Validates without starting',
    usage: '[directory | Procfile | app_desc.yaml | file.js] [flags]',
    about: [
      'Looks at the configuration file, the files and programs it names, the ports;',
      'without such a file at app_desc.yaml, the Procfile, or the file of pm2.',
      'Every mistake is told with its place; exit code 5 when there is one.',
    ],
    flags: async () => [...PROCFILE_FLAGS, JSON_FLAG, ...(await options())],
    words: 'files',
    examples: [
      { line: 'brood check', about: 'this directory' },
      { line: 'brood check /srv/shop --env prod', about: 'another one, as in production' },
      { line: 'brood check --profile all --json', about: 'a Procfile by all rules, for a script' },
    ],
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'explain',
    group: 'Set up',
    summary: 'how ten tools read each line of a Procfile',
    usage: '[file] [flags]',
    about: [
      'Name, command, PORT and whether it starts, by foreman, honcho, forego, nf,',
      'overmind, hivemind, goreman, Heroku, BlueKing and Brood; is the file portable?',
    ],
    flags: [{ name: 'tool', short: 't', value: 'NAME', choices: TOOLS, many: true, about: 'only this one; may be given several times' }, JSON_FLAG, DIR_FLAG],
    words: 'files',
    examples: [
      { line: 'brood explain', about: 'the Procfile of this directory' },
      { line: 'brood explain Procfile.dev --tool overmind', about: 'another one, by one tool' },
      { line: 'brood explain --json', about: 'for a script' },
    ],
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'config',
    group: 'Set up',
    summary: 'what is configured, and where each value is from',
    usage: '[key] [flags]',
    about: ['Secrets are masked, and of environment variables there is only the name.'],
    flags: [JSON_FLAG, { name: 'schema', about: 'the JSON schema of the configuration file' }, ENV_FLAG, DIR_FLAG],
    words: 'nothing',
    examples: [
      { line: 'brood config', about: 'every key, with file and line' },
      { line: 'brood config processes.worker', about: 'one of them, and what is in it' },
      { line: 'brood config --schema > schema.json', about: 'for an editor' },
    ],
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'import',
    group: 'Set up',
    summary: "a configuration from another tool's file",
    usage: 'pm2 | compose | process-compose [file] [flags]',
    about: [
      'Writes a brood.config.yaml beside it, and says of each key that has no equal',
      'what becomes of it. Read are ecosystem files of pm2, docker-compose.yml, and',
      'process-compose.yaml.',
    ],
    flags: [
      { name: 'output', short: 'o', value: 'FILE', about: 'where to; - is the standard output' },
      { name: 'force', about: 'even where there is a file already' },
      JSON_FLAG,
      DIR_FLAG,
    ],
    words: 'files',
    examples: [
      { line: 'brood import pm2', about: 'that of this directory' },
      { line: 'brood import compose docker-compose.yml -o -', about: 'only shows it' },
      { line: 'brood import process-compose --json', about: 'what became of each key' },
    ],
    load: async () => (await import('./import.ts')).importFrom,
  },
];
