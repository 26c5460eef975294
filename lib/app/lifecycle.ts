/** Runs the hooks of all load units, phase by phase, as Egg does. */
import { BroodError } from '../errors.ts';
import { Application, type Agent } from './application.ts';
import { hookFailed } from './frame.ts';
import { describe, recognise } from './guests/duck.ts';

/** The methods of a lifecycle class; each may be left out. */
export const PHASES = ['configWillLoad', 'configDidLoad', 'didLoad', 'willReady', 'didReady', 'serverDidReady', 'beforeClose'] as const;
export type Phase = (typeof PHASES)[number];

/** What a lifecycle class may have. Its constructor gets the application, or the agent. */
export type LifecycleHooks = Partial<Record<Phase, () => unknown>>;

/** What a hook file exports, as far as it can be told before it runs. */
type Hook =
  | { readonly kind: 'function'; readonly file: string; readonly run: (unit: Application | Agent) => unknown }
  | { readonly kind: 'class'; readonly file: string; readonly hooks: LifecycleHooks }
  | { readonly kind: 'guest'; readonly file: string; readonly guest: unknown };

type HookClass = new (unit: Application | Agent) => LifecycleHooks;

const hasPhase = (value: object): boolean => PHASES.some(phase => phase in value);

/** The keyword, or (of a class that was compiled to a function) a method of the lifecycle. */
const isClass = (value: unknown): value is HookClass =>
  typeof value === 'function' &&
  (/^class\b/.test(Function.prototype.toString.call(value)) || (typeof value.prototype === 'object' && value.prototype !== null && hasPhase(value.prototype)));

const isHookFunction = (value: unknown): value is (unit: Application | Agent) => unknown => typeof value === 'function';

/** Runs one step; what it throws becomes a coded error that names the step. */
const attempt = async (hook: string, baseDir: string, run: () => unknown): Promise<{ readonly outcome: unknown }> => {
  try {
    const outcome = run();
    // A guest is handed on as it is: a Fastify application has a `then`, and awaiting it would start it too early.
    return recognise(outcome, false) ? { outcome } : { outcome: await outcome };
  } catch (error) {
    throw hookFailed(hook, error, baseDir);
  }
};

/** The hooks of one application or agent, from load to close. */
export class Lifecycle {
  readonly #unit: Application | Agent;
  readonly #onStep: (step: string) => void;
  readonly #hooks: Hook[] = [];

  /** @param onStep told the step that is waited for, before each */
  constructor(unit: Application | Agent, onStep: (step: string) => void) {
    this.#unit = unit;
    this.#onStep = onStep;
  }

  /**
   * Takes the default export of a hook file; the constructor of a lifecycle class runs now.
   *
   * A function that takes two or more arguments is a request listener, one that takes fewer is a hook. What a hook
   * returns is served if it is a guest, a plain function included.
   *
   * @throws BROOD_HOOK_EXPORT, BROOD_HOOK_FAILED
   */
  async add(file: string, exported: unknown): Promise<void> {
    if (isClass(exported)) {
      const hook = `constructor of ${file}`;
      this.#onStep(hook);
      let hooks: LifecycleHooks = {};
      await attempt(hook, this.#unit.baseDir, () => {
        hooks = new exported(this.#unit);
      });
      this.#hooks.push({ kind: 'class', file, hooks });
      return;
    }
    const isListener = typeof exported === 'function' && exported.length >= 2;
    if (this.#unit instanceof Application && recognise(exported, isListener)) this.#hooks.push({ kind: 'guest', file, guest: exported });
    else if (isHookFunction(exported) && !recognise(exported, isListener)) this.#hooks.push({ kind: 'function', file, run: exported });
    else throw new BroodError('BROOD_HOOK_EXPORT', { file, actual: describe(exported) });
  }

  /**
   * configWillLoad and configDidLoad of each unit in order (functions run in the latter's place and are awaited), then
   * didLoad of all at once, then willReady of all at once.
   *
   * @throws BROOD_HOOK_FAILED with the application's own error as its cause
   */
  async boot(): Promise<void> {
    for (const hook of this.#hooks) await this.#call(hook, 'configWillLoad');
    for (const hook of this.#hooks) await this.#configDidLoad(hook);
    await this.#callAll('didLoad');
    await this.#callAll('willReady');
  }

  /** The instance serves; one after the other. @throws BROOD_HOOK_FAILED */
  async didReady(): Promise<void> {
    for (const hook of this.#hooks) await this.#call(hook, 'didReady');
  }

  /** Every instance is ready; one after the other. An error is logged, for the instance serves already. */
  async serverDidReady(): Promise<void> {
    for (const hook of this.#hooks) {
      try {
        await this.#call(hook, 'serverDidReady');
      } catch (error) {
        this.#unit.logger.error(error);
      }
    }
  }

  async #configDidLoad(hook: Hook): Promise<void> {
    if (hook.kind === 'guest') return this.#handle(hook.guest);
    if (hook.kind === 'function') return this.#callFunction(hook.file, hook.run);
    const { beforeClose } = hook.hooks;
    if (beforeClose) this.#unit.beforeClose(() => beforeClose.call(hook.hooks));
    await this.#call(hook, 'configDidLoad');
  }

  async #callFunction(file: string, run: (unit: Application | Agent) => unknown): Promise<void> {
    const step = `the function of ${file}`;
    this.#onStep(step);
    const { outcome } = await attempt(step, this.#unit.baseDir, () => run(this.#unit));
    // An arrow function returns whatever its one expression gives, so what is no guest is no mistake.
    if (recognise(outcome, true)) this.#handle(outcome);
  }

  #handle(guest: unknown): void {
    // Proven by its callers: recognised as a guest, which is an object or a function.
    if (this.#unit instanceof Application) this.#unit.handle(guest as object);
  }

  async #call(hook: Hook, phase: Phase): Promise<void> {
    const method = hook.kind === 'class' ? hook.hooks[phase] : undefined;
    if (!method || hook.kind !== 'class') return;
    const step = `${phase} of ${hook.file}`;
    this.#onStep(step);
    await attempt(step, this.#unit.baseDir, () => method.call(hook.hooks));
  }

  /** Calls all of a phase at once; the step names those that are not done, so that a late one is named to the end. */
  async #callAll(phase: Phase): Promise<void> {
    const late = new Set(this.#hooks.flatMap(hook => (hook.kind === 'class' && hook.hooks[phase] ? [hook] : [])));
    const tell = (): void => this.#onStep(`${phase} of ${[...late].map(hook => hook.file).join(', ')}`);
    if (late.size > 0) tell();
    await Promise.all(
      [...late].map(async hook => {
        const method = hook.hooks[phase];
        if (method) await attempt(`${phase} of ${hook.file}`, this.#unit.baseDir, () => method.call(hook.hooks));
        late.delete(hook);
        if (late.size > 0) tell();
      }),
    );
  }
}
