/** `brood explain`: how ten tools read each line of a Procfile, and whether the file means the same to all of them. */
import { dirname, resolve } from 'node:path';
import { basePortOf } from '../daemon/base-port.ts';
import { shownPath } from '../daemon/config-place.ts';
import { readEnvFiles } from '../daemon/env-files.ts';
import { PROCFILE, procfileText } from '../daemon/procfile.ts';
import { TOOLS } from '../formation/procfile/dialects/tool.ts';
import type { Reading, Tool } from '../formation/procfile/dialects/tool.ts';
import { explainProcfile } from '../formation/procfile/explain.ts';
import type { Explanation } from '../formation/procfile/explain.ts';
import { BroodError } from '../errors.ts';
import { shownLine } from '../policy/secret-names.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { hasColour, painter } from './render/colours.ts';
import { explanationLines } from './render/explanation.ts';
import { UsageError } from './tell.ts';

/** Ten readings of each line. */
const MOST_EXPLAINED = 64 * 1024;

const documentOf = (file: string, { lines, nothing, isPortable }: Explanation): object => ({
  apiVersion: 1,
  kind: 'Explanation',
  file,
  portable: isPortable,
  items: lines.map(({ line, text, readings, isPortable: portable }) => ({
    line,
    text,
    portable,
    readings: [...readings].map(([tool, reading]) => Object.assign({ tool }, reading)),
  })),
  nothing: [...nothing].map(([tool, reading]) => Object.assign({ tool }, reading)),
});

const shownReading = (reading: Reading): Reading => ({
  ...reading,
  ...(reading.fate === 'process' && { name: shownLine(reading.name), command: shownLine(reading.command) }),
  ...(reading.why !== undefined && { why: shownLine(reading.why) }),
});

/** Without the secrets of the lines. */
const shown = ({ lines, ...rest }: Explanation): Explanation => ({
  ...rest,
  lines: lines.map(one => ({
    ...one,
    text: shownLine(one.text),
    readings: new Map([...one.readings].map(([tool, reading]) => [tool, shownReading(reading)])),
  })),
});

function toolsOf({ tool }: Given): readonly Tool[] {
  const named = Array.isArray(tool) ? tool : [];
  return named.length === 0 ? TOOLS : TOOLS.filter(one => named.includes(one));
}

/** Resolves with the exit code. */
export async function explain(words: readonly string[], given: Given): Promise<number> {
  const [word = PROCFILE, ...more] = words;
  if (more.length > 0) throw new UsageError(`one file at a time, got ${words.length}`);
  const file = resolve(baseDirOf(given), word);
  const text = await procfileText(file);
  if (text.length > MOST_EXPLAINED)
    throw new BroodError('BROOD_PROCFILE_UNREADABLE', {
      file: shownPath(file),
      reason: `it has more than ${MOST_EXPLAINED / 1024} KiB`,
      remedy: 'A Procfile has a line for each process.',
    });
  const basePort = basePortOf(readEnvFiles(dirname(file), {}).variables);
  const { readYaml } = await import('../formation/config/read-yaml.ts');
  const explanation = shown(explainProcfile(text, { tools: toolsOf(given), yaml: readYaml, basePort }));
  if (given['json'] === true) process.stdout.write(`${JSON.stringify(documentOf(file, explanation))}\n`);
  else {
    const isTerminal = process.stdout.isTTY;
    const width = isTerminal ? process.stdout.columns : 80;
    const lines = explanationLines(shownPath(file), explanation, { width, cuts: isTerminal, paint: painter(hasColour(process.stdout)) });
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return EXIT.ok;
}
