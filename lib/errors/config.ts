/** The errors of the configuration file, and of what is imported into one. */
import type { ErrorEntry } from './entry.ts';

export const CONFIG_ERRORS = {
  BROOD_CONFIG_SEVERAL: {
    message: '{directory} has more than one configuration file: {files}',
    hint: 'Keep one of them.',
    exit: 5,
  },
  BROOD_CONFIG_UNREADABLE: { message: 'the configuration file {file} cannot be read: {reason}', hint: 'Check its path and its permissions.', exit: 5 },
  BROOD_CONFIG_GONE: {
    message: '{file} is gone, which says what runs here, and the directory has nothing else to run',
    hint: 'Put it back. What runs goes on as it is; to end it: brood stop',
    exit: 5,
  },
  BROOD_CONFIG_KIND: {
    message: '{file} is no configuration file',
    hint: 'Its name must end in .ts, .mts, .js, .mjs, .cjs, .json, .yaml or .yml.',
    exit: 5,
  },
  BROOD_CONFIG_LARGE: { message: '{file} is too large for a configuration file: more than {most}', hint: 'Take out what is not configuration.', exit: 5 },
  BROOD_CONFIG_SYNTAX: { message: '{place}: {reason}', hint: 'Mend the syntax error shown above.', exit: 5 },
  BROOD_CONFIG_KEY: { message: '{place}: unknown key "{key}"', hint: '{suggestion}', exit: 5 },
  BROOD_CONFIG_TYPE: {
    message: '{place}: "{key}" must be {expected}, got {actual}',
    hint: 'Correct it, or leave it out for the default ({fallback}).',
    exit: 5,
  },
  BROOD_CONFIG_NAME: { message: '{place}: "{name}" is not {expected}', hint: '{suggestion}', exit: 5 },
  BROOD_CONFIG_LACKS: { message: '{place}: "{key}" lacks {what}', hint: '{remedy}', exit: 5 },
  BROOD_CONFIG_CONFLICT: { message: '{place}: {keys} do not go together{why}', hint: '{remedy}', exit: 5 },
  BROOD_CONFIG_VALUE: {
    message: '{place}: "{key}" is {actual}, which is not data',
    hint: 'A configuration holds what JSON can: objects, lists, texts, numbers, true, false. Code belongs into the application.',
    exit: 5,
  },
  BROOD_CONFIG_PROBLEMS: { message: '{file} has {count} mistakes', hint: 'Mend them all: nothing has been started or changed.', exit: 5 },
  BROOD_CONFIG_FAILED: {
    message: '{file} failed while it was read: {reason}',
    hint: '{remedy}',
    exit: 5,
  },
  BROOD_CONFIG_TIMEOUT: {
    message: '{file} gave no configuration within {seconds} seconds, and was ended',
    hint: 'Look for a loop that does not end, or for something that it waits for.',
    exit: 5,
  },
  BROOD_CONFIG_ENDED: {
    message: '{file} gave no configuration: its process ended with {how}{lines}',
    hint: 'A configuration file exports its values, and does not end the process.',
    exit: 5,
  },
  BROOD_CONFIG_ENV_FILE: { message: '{place}: {reason}', hint: 'A line is NAME=value, or a comment after "#": docs/configuration.md.', exit: 5 },
  BROOD_CONFIG_COMPUTED: {
    message: '{place}: "{key}" cannot be changed in the file: {reason}',
    hint: 'Edit it by hand: set {key} to {value}.',
    exit: 1,
  },
  BROOD_CONFIG_WRITE: {
    message: '{file} cannot be written: {reason}',
    hint: 'Nothing was changed. Check the permissions of the file and its directory.',
    exit: 1,
  },
  BROOD_CONFIG_CHANGED: { message: '{file} was changed by somebody else at the same time', hint: 'Nothing was overwritten. Try again.', exit: 1 },
  BROOD_IMPORT_MISSING: { message: '{directory} has no {what}', hint: 'Give its path: brood import {source} <file>', exit: 2 },
  BROOD_IMPORT_EMPTY: { message: '{file} names no application', hint: '{expected}', exit: 5 },
  BROOD_IMPORT_EXISTS: {
    message: '{file} exists already',
    hint: 'Move it away, choose another name with --output, or overwrite it with --force.',
    exit: 1,
  },
} as const satisfies Record<string, ErrorEntry>;
