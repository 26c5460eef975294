/** `brood export systemd | supervisord | compose | kubernetes | procfile`: what runs this application elsewhere. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExportChoice } from '../daemon/exported-app.ts';
import { quantityWords } from '../daemon/exported-quantities.ts';
import type { Plan } from '../daemon/plan.ts';
import { readPlan } from '../daemon/read-plan.ts';
import type { Format } from '../formation/exporters/formats.ts';
import type { Exported, ExportedFile } from '../formation/exporters/model.ts';
import { UNIT_NAMES } from '../formation/exporters/names.ts';
import { systemdUnit } from '../formation/exporters/systemd.ts';
import { quoteWord } from '../formation/shell-words.ts';
import { ownDirectory } from '../own.ts';
import { nearest } from '../policy/nearest.ts';
import { baseDirOf } from './client.ts';
import type { Given } from './command.ts';
import { formationGiven } from './formation-flags.ts';
import { EXIT } from './exit-codes.ts';
import { say, UsageError } from './tell.ts';

/** Seconds beyond what the master itself waits. */
const BEYOND = 10;
/** Variables of this shell that the processes have to have: what is exported is started with none of them. */
const TAKEN = ['NODE_ENV', 'BROOD_ENV', 'EGG_SERVER_ENV', 'TZ'];
/** Users as systemd, supervisord and containers take them: a name, or a number. */
const USER = /^(?:[A-Za-z_][\w.-]*|\d+)$/;

/** Loaded late, as what reads a description: most commands read and write no YAML. */
async function formatOf(name: string | undefined): Promise<Format> {
  const { FORMATS } = await import('../formation/exporters/formats.ts');
  const known = Object.keys(FORMATS).join(', ');
  if (name === undefined) throw new UsageError(`export takes a format: ${known}`);
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format !== undefined) return format;
  const meant = nearest(name, Object.keys(FORMATS));
  throw new UsageError(`export knows ${known}, not "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`);
}

const environmentOf = (): Readonly<Record<string, string>> =>
  Object.fromEntries(TAKEN.flatMap(key => (process.env[key] === undefined ? [] : [[key, process.env[key]]])));

/** All of the application as one service: systemd watches the master, the master the rest. */
function wholeUnit({ name, settings, types, counts }: Plan, user: string | undefined, maxInstances: number | undefined): Exported {
  const text = systemdUnit({
    name,
    baseDir: settings.baseDir,
    command: [process.execPath, fileURLToPath(new URL('bin/brood.cjs', ownDirectory)), 'start', ...quantityWords({ types, counts }, maxInstances)],
    user,
    environment: environmentOf(),
    stopTimeout: Math.ceil((settings.drainTimeout + settings.killTimeout) / 1000) + BEYOND,
  });
  return { files: [{ name: `${UNIT_NAMES.of(name)}.service`, text }], notes: [] };
}

/** Every process by itself. */
async function processes(plan: Plan, { write, runsIn }: Format, chosen: Pick<ExportChoice, 'user' | 'image' | 'maxInstances'>): Promise<Exported> {
  const { exportedApp } = await import('../daemon/exported-app.ts');
  const { app, notes } = exportedApp(plan, { place: runsIn === 'host' ? 'host' : 'image', environment: environmentOf(), ...chosen });
  const exported = write(app);
  return { files: exported.files, notes: [...notes, ...exported.notes] };
}

/** Several files in one stream: each begins with its name. YAML parts its documents by a line of its own. */
function inOneStream(files: readonly ExportedFile[]): string {
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) return only.text;
  return files.map(({ name, text }, index) => `${index > 0 && name.endsWith('.yaml') ? '---\n' : ''}# ${name}\n${text}`).join('\n');
}

/** Only the owner may read what holds a secret, whatever was there before. */
function save(directory: string, files: readonly ExportedFile[]): void {
  mkdirSync(directory, { recursive: true });
  for (const { name, text, isSecret } of files) {
    const path = join(directory, name);
    rmSync(path, { force: true });
    writeFileSync(path, text, isSecret === true ? { mode: 0o600, flag: 'wx' } : { flag: 'wx' });
  }
}

const textOf = (given: Given, flag: string): string | undefined => {
  const value = given[flag];
  return typeof value === 'string' ? value : undefined;
};

/** Prints what was exported, or writes it into the directory that is named. */
export async function exportTo(words: readonly string[], given: Given): Promise<number> {
  const [name, directory, ...more] = words;
  const format = await formatOf(name);
  if (more.length > 0) throw new UsageError('one directory at a time');
  const user = textOf(given, 'user');
  if (user !== undefined && !USER.test(user)) throw new UsageError(`--user takes the name or the number of a user, got "${user}"`);
  const { formation } = formationGiven(given, { attended: false, isOfProcfile: false });
  const { counts, maxInstances } = formation;
  const plan = await readPlan({ options: { baseDir: baseDirOf(given) }, command: 'export', formation: { counts, maxInstances } });
  const isWhole = name === 'systemd' && given['processes'] !== true;
  const image = textOf(given, 'image');
  const { files, notes } = isWhole
    ? wholeUnit(plan, user, maxInstances)
    : await processes(plan, format, {
        ...(user === undefined ? {} : { user }),
        ...(image === undefined ? {} : { image }),
        ...(maxInstances === undefined ? {} : { maxInstances }),
      });
  for (const note of notes) say(`note: ${note}`);
  if (directory === undefined) process.stdout.write(inOneStream(files));
  else {
    const place = resolve(directory);
    save(place, files);
    for (const file of files) say(`written: ${join(place, file.name)}`);
    for (const line of isWhole
      ? installUnit(place, files)
      : format.next({ directory: quoteWord(place), baseDir: quoteWord(plan.settings.baseDir), files: files.map(file => file.name) }))
      say(`  ${line}`);
  }
  return EXIT.ok;
}

const installUnit = (place: string, [unit]: readonly ExportedFile[]): readonly string[] =>
  unit === undefined
    ? []
    : [`sudo cp ${quoteWord(join(place, unit.name))} /etc/systemd/system/`, `sudo systemctl daemon-reload && sudo systemctl enable --now ${unit.name}`];
