/** What can be done with a running application: each waits until the new state is true and all ends of it are told, and says what it has done. */
import { endMarked } from '../child/orphans.ts';
import { AGENT, quantitiesOf } from '../cluster/specs.ts';
import { BroodError } from '../errors.ts';
import { scaled } from '../policy/scale.ts';
import { restartError } from '../supervisor/failure.ts';
import { instanceName } from '../supervisor/names.ts';
import type { Revision } from '../supervisor/revision.ts';
import { API_VERSION } from './api.ts';
import type { Changed } from './api.ts';
import type { Preview } from './preview-document.ts';
import { HandBook } from './by-hand.ts';
import type { ByHand } from './by-hand.ts';
import { inTime } from './in-time.ts';
import { isNamedBy, matchIn, placesIn, unknownTarget } from './match-target.ts';
import { readNext } from './next-plan.ts';
import { changedKeysOf } from './plan.ts';
import { previewOf } from './preview.ts';
import { StopReport } from './stop-report.ts';
import { checkMost, usualOf } from './most-instances.ts';
import type { Order, ReloadOrder, ScaleOrder, Theatre } from './theatre.ts';

export class Operations {
  readonly #theatre: Theatre;
  readonly #book: HandBook;

  constructor(theatre: Theatre, before?: Omit<ByHand, 'environment'>) {
    this.#theatre = theatre;
    this.#book = new HandBook(before);
  }

  get byHand(): ByHand {
    const { ground, plan } = this.#theatre;
    return { ...this.#book.state(type => ground.crew.quantity(type)), environment: plan().environment };
  }

  get book(): Pick<HandBook, 'isStopped' | 'rules'> {
    return this.#book;
  }

  /**
   * Reads everything again and replaces every instance, one canary first.
   *
   * @throws BROOD_OPTION_…, BROOD_CONFIG_… with nothing changed; BROOD_RELOAD_FAILED with the old generation serving
   */
  async reload(order: ReloadOrder = {}): Promise<Changed> {
    const began = performance.now();
    const { accept, ground, dress } = this.#started();
    const woken = order.wake === true ? this.#book.resting : [];
    const { before, plan, fixed, only, canary, revise, warnings } = await readNext(this.#theatre, { ...order, book: this.#book, woken });
    if (fixed.length > 0) throw new BroodError('BROOD_RELOAD_FIXED', { keys: fixed.join(', ') });
    const { crew, logger } = ground;
    for (const warning of warnings) logger.warn(warning);
    const dressed = (next: Revision): Revision => ({ ...next, parts: next.parts.map(dress) });
    // It holds also when nobody waits for it any more.
    const carryThrough = async (): Promise<void> => {
      await crew.reload({ only, canary, revise: now => dressed(revise(now)) });
      accept(plan);
      // What somebody has stopped meanwhile stays so.
      const resting = new Set(this.#book.resting.map(([type]) => type));
      this.#book.release(woken.flatMap(([type]) => (resting.has(type) ? [type] : [])));
      if (woken.length > 0) this.#keep();
      await ground.supervisor.recorded();
    };
    const remedy = 'The old generation serves until the new one does; watch it: brood ps -w';
    const { timeout } = order;
    await inTime(carryThrough(), timeout, () => new BroodError('BROOD_TIMEOUT', { command: 'reload', timeout, remedy }));
    return { ...this.changed('reload', began), changes: changedKeysOf(before, plan), ...(warnings.length === 0 ? {} : { warnings }) };
  }

  /** What a reload would do; nothing is done. @throws BROOD_OPTION_…, BROOD_CONFIG_…, BROOD_TARGET_UNKNOWN */
  async preview(order: ReloadOrder = {}): Promise<Preview> {
    const { ground } = this.#started();
    const { timeout } = order;
    const remedy = 'The configuration takes so long to be read';
    const next = readNext(this.#theatre, { ...order, book: this.#book });
    return previewOf(await inTime(next, timeout, () => new BroodError('BROOD_TIMEOUT', { command: 'reload --dry-run', timeout, remedy })), ground.crew);
  }

  /**
   * @param words `web=4`, `web+1`, `web-1`
   * @param save also write it into the configuration file, even when that does not say so itself
   * @throws BROOD_SCALE_INVALID, BROOD_SCALE_RANGE, BROOD_SCALE_MOST, BROOD_SCALE_FIXED, BROOD_TARGET_UNKNOWN, BROOD_RELOAD_FAILED when the added ones do not boot
   */
  async scale(words: readonly string[], { save = false, reset = false, timeout }: ScaleOrder = {}): Promise<Changed> {
    const began = performance.now();
    if (reset) return this.#unscale(words, began, timeout);
    const { accept, ground, plan, save: write } = this.#started();
    const { crew } = ground;
    const current = new Map(crew.types.map(type => [type, crew.quantity(type)]));
    const result = scaled(words, current);
    if (result.kind === 'invalid') throw new BroodError('BROOD_SCALE_INVALID', { word: result.word });
    if (result.kind === 'out-of-range') throw new BroodError('BROOD_SCALE_RANGE', result);
    if (result.kind === 'unknown') throw unknownTarget(result.type, crew.types);
    const fixed = [...result.quantities].find(([type, quantity]) => type === 'agent' && quantity !== 1);
    if (fixed !== undefined) throw new BroodError('BROOD_SCALE_FIXED', { type: fixed[0] });
    for (const [type, quantity] of result.quantities) checkMost(type, quantity, plan(), 'scale');
    const isFormation = plan().formation !== undefined;
    if (save && isFormation) throw new BroodError('BROOD_SAVE_FORMATION', { file: plan().loaded?.path, words: words.join(' ') });
    for (const [type, quantity] of result.quantities) this.#book.scale(type, quantity);
    await this.#scaleTo(result.quantities, 'scale', timeout);
    if (!save && (isFormation || !plan().persist)) return this.changed('scale', began);
    const loaded = await write(result.quantities);
    accept({ ...plan(), loaded, saved: new Map([...(plan().saved ?? []), ...result.quantities]) });
    // What the file says now, it owns.
    this.#book.unscale([...result.quantities.keys()]);
    this.#keep();
    return { ...this.changed('scale', began), saved: loaded.path };
  }

  /** The files say again how many there are of these types, or of all. */
  async #unscale(words: readonly string[], began: number, timeout: number | undefined): Promise<Changed> {
    const { ground, plan } = this.#started();
    const types = words.length === 0 ? this.#book.scaled : matchIn(this.#theatre.ground, words).types;
    this.#book.unscale(types);
    const said = new Map([...quantitiesOf(plan().settings), ...plan().beside(ground.meeting).quantities, ...(plan().saved ?? [])]);
    const quantities = types.filter(type => !this.#book.isStopped(type)).map(type => [type, said.get(type) ?? 0] as const);
    await this.#scaleTo(new Map(quantities), 'scale', timeout);
    this.#keep(words.length === 0 ? ground.crew.types : types);
    return this.changed('scale', began);
  }

  #keep(forget: readonly string[] = []): void {
    const { ground, keep } = this.#theatre;
    const decided = this.#book.state(type => ground.crew.quantity(type));
    keep(decided, forget);
  }

  /** One app worker more, or one less, and never none; written back when the configuration says so. */
  step(by: 1 | -1): Promise<Changed> {
    const { crew, settings } = this.#started().ground;
    const { type } = settings;
    if (crew.quantity(type) + by < 1) throw new BroodError('BROOD_SCALE_LEAST', { type });
    return this.scale([`${type}${by > 0 ? '+' : '-'}1`]);
  }

  /** Stops everything but the agent; a reload by signal, or a scale, brings it back. */
  async rest(): Promise<Changed> {
    const { crew } = this.#started().ground;
    const began = performance.now();
    const types = crew.types.filter(type => type !== AGENT);
    await this.#stopTypes(types, { rests: true });
    return this.changed('stop', began);
  }

  /** Stops types by hand: they stay stopped until they are started or scaled. Without targets the whole application, and its master. */
  async stop(targets: readonly string[] = [], { now = false, timeout }: Order & { readonly now?: boolean } = {}): Promise<Changed> {
    const began = performance.now();
    const { ground, end } = this.#theatre;
    const report = new StopReport(ground);
    try {
      if (targets.length === 0) {
        await inTime(end(now), timeout, () => this.#late('stop', timeout));
        // Everything has ended: who still carries a mark has escaped.
        await endMarked(ground.run);
      } else {
        this.#started();
        const { types, slots } = matchIn(this.#theatre.ground, targets);
        const [single] = slots;
        if (single !== undefined) throw new BroodError('BROOD_STOP_INSTANCE', { name: instanceName(single), type: single.type });
        await this.#stopTypes(types, { rests: false, timeout });
      }
      const escapees = await report.escapees();
      return { ...this.changed('stop', began), stopped: report.rows(), ...(escapees.length === 0 ? {} : { escapees }) };
    } finally {
      report.close();
    }
  }

  /**
   * Replaces instances as they are, one after the other, each by one that is ready first. Without targets all of them.
   *
   * @throws BROOD_TARGET_UNKNOWN; BROOD_RESTART_FAILED with the old one serving
   */
  async restart(targets: readonly string[] = ['all'], { timeout }: Order = {}): Promise<Changed> {
    const began = performance.now();
    const { ground } = this.#started();
    const matched = matchIn(ground, targets, placesIn(ground));
    const { supervisor } = ground;
    const ids = supervisor
      .instances()
      .filter(({ state }) => state !== 'draining')
      .filter(isNamedBy(matched))
      .map(({ id }) => id);
    // A place where nobody is now has a name as well: of its type the next try is now.
    for (const type of [...matched.types, ...matched.slots.map(slot => slot.type)]) supervisor.retry(type);
    const renewed = supervisor.renew(ids).then(failed => supervisor.recorded().then(() => failed));
    const death = await inTime(renewed, timeout, () => this.#late('restart', timeout));
    if (death !== undefined) throw restartError(death);
    return this.changed('restart', began);
  }

  /** Starts types that were stopped by hand, as many as there were; one that waits for its next try is tried now. */
  async start(targets: readonly string[], { timeout }: Order = {}): Promise<Changed> {
    const began = performance.now();
    this.#started();
    const { types } = matchIn(this.#theatre.ground, targets);
    const released = this.#book.release(types);
    const { ground, plan } = this.#theatre;
    // One that was left out of the start, or scaled to nothing, is started as the files have it.
    const asleep = types.filter(type => ground.crew.quantity(type) === 0 && !released.has(type)).map(type => [type, usualOf(type, plan())] as const);
    for (const type of types) ground.supervisor.retry(type, { again: true });
    await this.#scaleTo(new Map([...released, ...asleep]), 'start', timeout);
    return this.changed('start', began);
  }

  /** Makes every process, and the master, open its log files again. */
  async reopen(): Promise<Changed> {
    const began = performance.now();
    await this.#theatre.ground.logs.reopen();
    return this.changed('reopen', began);
  }

  async #stopTypes(types: readonly string[], { rests, timeout }: { readonly rests: boolean; readonly timeout?: number | undefined }): Promise<void> {
    const { crew } = this.#theatre.ground;
    for (const type of types) this.#book.stop(type, crew.quantity(type), rests);
    this.#keep();
    await this.#scaleTo(new Map(types.map(type => [type, 0])), 'stop', timeout);
  }

  /** What was decided is kept before it is true: it holds, however long that takes, and whoever ends meanwhile. */
  #scaleTo(quantities: ReadonlyMap<string, number>, command: string, timeout: number | undefined): Promise<void> {
    const { crew, supervisor } = this.#theatre.ground;
    const work = crew.scale(quantities).then(() => supervisor.recorded());
    this.#keep();
    return inTime(work, timeout, () => this.#late(command, timeout));
  }

  #late(command: string, timeout: number | undefined): BroodError {
    return new BroodError('BROOD_TIMEOUT', { command, timeout, remedy: 'It goes on; watch it: brood ps -w' });
  }

  /** What a change has done that began then (performance.now()). */
  changed(what: Changed['what'], began: number): Changed {
    const { crew } = this.#theatre.ground;
    const formation = Object.fromEntries(crew.types.map(type => [type, crew.isClosing ? 0 : crew.quantity(type)]));
    return { apiVersion: API_VERSION, kind: 'Changed', what, took: Math.round(performance.now() - began), formation };
  }

  #started(): Theatre {
    const { ground, isUpgrading } = this.#theatre;
    const { crew, isStarted } = ground;
    if (isUpgrading()) throw new BroodError('BROOD_UPGRADING');
    if (crew.isClosing) throw new BroodError('BROOD_CLOSED');
    if (!isStarted()) throw new BroodError('BROOD_STARTING');
    return this.#theatre;
  }
}
