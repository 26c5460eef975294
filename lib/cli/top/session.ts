/** One run of `brood top`: figures once a second, events as they come, keys, and a picture of all that. */
import type { ControlEvent, Inspection, Status } from '../../daemon/api.ts';
import type { Style } from '../render/colours.ts';
import { took } from '../render/units.ts';
import { plain } from '../render/width.ts';
import { Courses } from './courses.ts';
import { LogBook } from './log-book.ts';
import type { Picture } from './picture.ts';
import { rowsShown } from './picture.ts';
import type { TopSource } from './source.ts';
import { chosen, FIRST_VIEW, press } from './view.ts';
import type { Order, View } from './view.ts';

/** Milliseconds. */
const SECOND = 1000;
const MESSAGE_STAYS = 5000;
/** Pictures are drawn at most so often. */
const BETWEEN_DRAWS = 30;

export interface TopOutput {
  /** Lines of a page. */
  readonly page: () => number;
  /** The result: how many more lines there are to scroll to. */
  readonly draw: (picture: Picture) => number;
  readonly redraw: () => void;
  /** What an order has failed with, as lines. */
  readonly explain: (error: unknown) => readonly string[];
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class TopSession {
  readonly #source: TopSource;
  readonly #output: TopOutput;
  readonly #baseDir: string;
  readonly #courses = new Courses();
  readonly #book = new LogBook();
  readonly #ended: () => void;
  #view: View = FIRST_VIEW;
  #status: Status | undefined;
  #inspection: Inspection | undefined;
  #notice: readonly string[] = [];
  #message: { readonly text: string; readonly style: Style; readonly until: number } | undefined;
  #listening: { close(): void } | undefined;
  #poll: NodeJS.Timeout | undefined;
  #drawing: NodeJS.Timeout | undefined;
  #more = 0;
  #closed = false;

  /** `ended`: the person has had enough. */
  constructor(source: TopSource, output: TopOutput, { baseDir, ended }: { readonly baseDir: string; readonly ended: () => void }) {
    this.#source = source;
    this.#output = output;
    this.#baseDir = baseDir;
    this.#ended = ended;
  }

  start(): void {
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#poll);
    clearTimeout(this.#drawing);
    this.#listening?.close();
  }

  press(key: string): void {
    const wanted = (type: string): number => this.#status?.types.find(one => one.type === type)?.wanted ?? 0;
    const pressed = press(this.#view, key, { rows: rowsShown(this.#picture()), wanted, page: this.#output.page(), more: this.#more });
    this.#view = pressed.view;
    this.#message = undefined;
    if (pressed.order !== undefined) this.#obey(pressed.order);
    this.#draw();
  }

  /** Soon, once for all that happens until then. */
  #draw(): void {
    if (this.#closed) return;
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#more = this.#output.draw(this.#picture());
    }, BETWEEN_DRAWS);
  }

  #picture(): Picture {
    const now = Date.now();
    if (this.#message !== undefined && this.#message.until < now) this.#message = undefined;
    return {
      view: this.#view,
      status: this.#status,
      baseDir: this.#baseDir,
      courses: this.#courses,
      log: name => this.#book.lines(name),
      inspection: this.#inspection,
      notice: this.#notice,
      message: this.#message,
      now,
    };
  }

  /** Asks for the figures, and for the events where nobody listens to them yet; again in a second. */
  async #look(): Promise<void> {
    const before = this.#status?.master.pid;
    try {
      this.#status = await this.#source.status();
      if (this.#closed) return;
      this.#courses.learn(this.#status);
      if (before !== undefined && before !== this.#status.master.pid) this.#listening?.close();
      if (this.#listening === undefined) await this.#listen();
      if (this.#view.mode === 'details') await this.#inspect();
    } catch {
      // It does not run, or not yet again: the head of the screen says so.
      this.#status = undefined;
    }
    if (this.#closed) return;
    this.#draw();
    this.#poll = setTimeout(() => void this.#look(), SECOND);
  }

  async #listen(): Promise<void> {
    const recent = await this.#source.recent();
    this.#book.clear();
    for (const line of recent) this.#book.add(line);
    if (this.#closed) return;
    const listening = this.#source.events(
      event => this.#hear(event),
      () => {
        if (this.#listening === listening) this.#listening = undefined;
      },
    );
    this.#listening = listening;
  }

  #hear(event: ControlEvent): void {
    if (event.kind === 'log') this.#book.add(event.line);
    else if (event.kind === 'instance') this.#change(event.instance);
    this.#draw();
  }

  /** Between two looks: what has begun, is ready, or has gone. Figures come with the next look. */
  #change(instance: Status['items'][number]): void {
    if (this.#status === undefined) return;
    const { items } = this.#status;
    const at = items.findIndex(({ id }) => id === instance.id);
    const known = items[at];
    if (instance.state === 'gone') this.#status = { ...this.#status, items: items.filter(one => one !== known) };
    else if (known === undefined) this.#status = { ...this.#status, items: [...items, instance] };
    else this.#status = { ...this.#status, items: items.with(at, { ...known, ...instance }) };
  }

  async #inspect(): Promise<void> {
    const name = chosen(this.#view, rowsShown(this.#picture()))?.name;
    if (name !== undefined) this.#inspection = await this.#source.inspect(name);
  }

  #say(text: string, style: Style): void {
    this.#message = { text, style, until: Date.now() + MESSAGE_STAYS };
    this.#draw();
  }

  #obey(order: Order): void {
    switch (order.order) {
      case 'quit': {
        return this.#ended();
      }
      case 'redraw': {
        return this.#output.redraw();
      }
      case 'say': {
        return this.#say(order.text, 'yellow');
      }
      case 'inspect': {
        void this.#inspect().then(
          () => this.#draw(),
          (error: unknown) => this.#say(textOf(error), 'red'),
        );
        return undefined;
      }
      case 'reload': {
        return this.#carryOut('reload', () => this.#source.reload());
      }
      case 'restart': {
        return this.#carryOut(`restart ${order.name}`, () => this.#source.restart(order.name));
      }
      case 'scale': {
        return this.#carryOut(`scale ${order.type}=${order.quantity}`, () => this.#source.scale(order.type, order.quantity));
      }
      case 'stop': {
        return this.#carryOut(`stop ${order.type}`, () => this.#source.stop(order.type));
      }
    }
  }

  #carryOut(what: string, run: () => Promise<unknown>): void {
    const began = performance.now();
    // It stays for as long as the order takes, unless something else is said.
    this.#message = { text: `${what} …`, style: 'cyan', until: Infinity };
    run().then(
      () => this.#say(`✔ ${what}, ${took(performance.now() - began)}`, 'green'),
      (error: unknown) => {
        if (this.#closed) return;
        this.#message = undefined;
        this.#notice = [`✘ ${what}`, '', ...this.#output.explain(error).flatMap(text => text.split('\n').map(plain))];
        this.#view = { ...this.#view, mode: 'notice', prompt: undefined, scroll: 0 };
        this.#draw();
      },
    );
  }
}
