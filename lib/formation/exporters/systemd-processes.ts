/** Units of systemd for every process of an application: a target, and a service for each instance (systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5)). Pure. */
import { BroodError } from '../../errors.ts';
import { conditionOf, environmentOf, hasReadiness, isAwaited, isLasting, isReleased, signalOf, slotsOf, stopSeconds } from './model.ts';
import type { Exported, ExportedApp, ExportedFile, ExportedProcess } from './model.ts';
import { typeNames, UNIT_NAMES } from './names.ts';
import { assetLosses, earlyNotes, loadNotes, probesNotes, releaseNotes, secretsNote, secretsOf } from './notes.ts';
import { sayable } from './sayable.ts';
import { unspecified, word } from './systemd-word.ts';

/** Seconds beyond what a master itself waits. */
const BEYOND = 10;
const RESTART = { always: 'always', 'on-failure': 'on-failure', never: 'no' } as const;
// oxlint-disable-next-line no-control-regex -- none of them can stand in a value that is not quoted
const ODD_PATH = /[\u0000-\u001F\u007F]|[\s\\]$/;

/** The value of a setting that has no quotes is the rest of its line. */
function directoryOf({ type, cwd }: ExportedProcess): string {
  if (!ODD_PATH.test(cwd)) return unspecified(cwd);
  const reason = 'its path has a control character, or ends with a blank or a backslash';
  throw new BroodError('BROOD_EXPORT_TEXT', { what: `the directory of ${type}`, target: 'a unit of systemd', reason, remedy: 'Rename the directory.' });
}

const described = (text: string): string => unspecified(text.replaceAll(/\s+/g, ' '));

interface Names {
  readonly app: string;
  readonly types: ReadonlyMap<string, string>;
}

const unitOf = ({ app, types }: Names, { type, isRelease }: ExportedProcess, slot: number): string =>
  `${app}-${types.get(type) ?? type}${isRelease === true ? '' : `.${slot}`}.service`;

/** What is over when its unit is: others wait for its end, and start only when that was a good one. */
const isTask = (app: ExportedApp, process: ExportedProcess): boolean =>
  (process.restart ?? 'always') !== 'always' && process.isMaster !== true && isAwaited(app, process);

/** The units of the types that start first. */
function earlier(app: ExportedApp, names: Names, process: ExportedProcess): readonly string[] {
  const first = app.processes.filter(one => isLasting(one) && process.after.includes(one.type));
  const unitsOf = (some: readonly ExportedProcess[]): string => some.flatMap(one => slotsOf(one).map(slot => unitOf(names, one, slot))).join(' ');
  const isRequired = (one: ExportedProcess): boolean => isTask(app, one) && conditionOf(process, one) === 'completed';
  const [all, required, wanted] = [first, first.filter(isRequired), first.filter(one => !isRequired(one))].map(unitsOf);
  return [...(required === '' ? [] : [`Requires=${required}`]), ...(wanted === '' ? [] : [`Wants=${wanted}`]), ...(all === '' ? [] : [`After=${all}`])];
}

/** How it is run until it is told to stop. */
function lasting(process: ExportedProcess, isOver: boolean): readonly string[] {
  const { restart = 'always', isMaster, maxMemory } = process;
  const own = ['Type=notify', 'NotifyAccess=all', 'ExecReload=/bin/kill -HUP $MAINPID', 'WatchdogSec=30', 'KillMode=mixed', 'OOMPolicy=continue'];
  return [
    // As Brood does: a command and all that it has started are asked to go, and killed, together.
    // A task stays "active" when it has ended well, so that what comes after it does not run it once more.
    ...(isMaster === true ? own : [...(isOver ? ['Type=oneshot', 'RemainAfterExit=yes'] : ['Type=exec']), 'KillMode=control-group']),
    `Restart=${RESTART[restart]}`,
    'RestartSec=1',
    `KillSignal=${signalOf(process)}`,
    `TimeoutStopSec=${stopSeconds(process) + (isMaster === true ? BEYOND : 0)}`,
    'LimitNOFILE=65536',
    // Nothing is moved out to make room: who is above it is killed, as by Brood.
    ...(maxMemory === undefined ? [] : [`MemoryMax=${maxMemory}`, 'MemorySwapMax=0']),
  ];
}

function serviceOf(app: ExportedApp, names: Names, process: ExportedProcess, slot: number): ExportedFile {
  const isRelease = isReleased(process);
  const variables = Object.entries(environmentOf(app, process, slot)).map(([key, value]) => `Environment=${word(`${key}=${value}`, false)}`);
  const name = isRelease ? process.type : `${process.type}.${slot}`;
  const text = [
    '[Unit]',
    `Description=${described(`${app.name} ${name}`)}`,
    ...(isRelease ? [] : [`PartOf=${names.app}.target`]),
    'Wants=network-online.target',
    'After=network-online.target',
    ...(isRelease ? [] : [...earlier(app, names, process), 'StartLimitIntervalSec=0']),
    '',
    '[Service]',
    ...(isRelease ? ['Type=oneshot'] : lasting(process, isTask(app, process))),
    ...(app.user === undefined ? [] : [`User=${app.user}`]),
    `WorkingDirectory=${directoryOf(process)}`,
    ...variables,
    `ExecStart=/bin/sh -c ${word(process.command)}`,
    '',
  ].join('\n');
  return { name: unitOf(names, process, slot), text, ...(secretsOf(app).length === 0 ? {} : { isSecret: true }) };
}

/**
 * NAME.target and NAME-TYPE.SLOT.service for each instance; NAME-release.service, which nothing starts by itself.
 *
 * @throws BROOD_EXPORT_TEXT, BROOD_EXPORT_NAME
 */
export function systemdUnits(given: ExportedApp): Exported {
  const { app, notes } = sayable(given, 'a unit of systemd');
  const names: Names = { app: UNIT_NAMES.of(app.name), types: typeNames(app, UNIT_NAMES) };
  const services = app.processes.flatMap(process => (isReleased(process) ? [1] : slotsOf(process)).map(slot => serviceOf(app, names, process, slot)));
  const wanted = app.processes.filter(isLasting).flatMap(process => slotsOf(process).map(slot => unitOf(names, process, slot)));
  const target = ['[Unit]', `Description=${described(app.name)}`, ...wanted.map(unit => `Wants=${unit}`), '', '[Install]', 'WantedBy=multi-user.target', ''];
  return {
    files: [{ name: `${names.app}.target`, text: target.join('\n') }, ...services],
    notes: [
      ...notes,
      ...probesNotes(app, 'systemd'),
      ...loadNotes(app, 'systemd'),
      ...assetLosses(app, 'systemd', () => ['maxMemory']),
      ...earlyNotes(app, 'systemd', (process, one) => (conditionOf(process, one) === 'completed' ? isTask(app, one) : !hasReadiness(one))),
      ...releaseNotes(app, process => `nothing starts it by itself: systemctl start ${unitOf(names, process, 1)} before a new version`),
      ...secretsNote(app, 'systemctl show tells everybody'),
    ],
  };
}
