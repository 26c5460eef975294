/** All loggers of this process: by name, with their levels and their files. */
import type { LogFile } from './file.ts';
import type { LeastLevel } from './levels.ts';
import { rank } from './levels.ts';
import { Logger } from '../logger.ts';
import type { RotationRule } from '../../policy/rotation.ts';
import type { Terminal } from './console.ts';

/** A file that the agent rotates. `pattern` may hold `{type}` and `{slot}`. */
export interface RotatedFile {
  readonly pattern: string;
  readonly rule: RotationRule;
}

export interface Place {
  readonly baseDir: string;
  readonly terminal: Terminal | undefined;
}

/** A level for all loggers, or for one; `configured`: as the configuration says. */
export type LevelOrder = LeastLevel | 'configured';

export class Loggers {
  readonly own: Logger;
  readonly #named = new Map<string, Logger>();
  /** Levels as they were configured. */
  readonly #configured = new Map<Logger, number>();
  /** By the pattern of their paths; filled by the configuration. */
  readonly files = new Map<string, LogFile>();
  /** What is to be rotated by the agent. */
  rotated: readonly RotatedFile[] = [];

  constructor(own: Logger) {
    this.own = own;
  }

  /** The logger of this name; one that nothing configures writes where the application's own writes, with its name in each line. */
  get(name: string): Logger {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const { origin, sinks, threshold } = this.own.channel;
    const logger = new Logger(origin, { channel: { name, origin, sinks, threshold, taps: new Set() } });
    this.#named.set(name, logger);
    return logger;
  }

  /** Takes `config.logger`; the code that reads it is loaded only when there is one. @throws BROOD_LOG_CONFIG, BROOD_LOG_FILE */
  async configure(config: unknown, place: Place): Promise<void> {
    if (config === undefined) return;
    const { configure } = await import('./configure.ts');
    configure(this, config, place);
  }

  /** Sets a level at run time. @param name of one logger; default: all */
  setLevel(level: LevelOrder, name?: string): void {
    const loggers = name === undefined ? [this.own, ...this.#named.values()] : [this.get(name)];
    for (const logger of loggers) {
      const { channel } = logger;
      if (!this.#configured.has(logger)) this.#configured.set(logger, channel.threshold);
      channel.threshold = level === 'configured' ? (this.#configured.get(logger) ?? channel.threshold) : rank(level);
    }
  }

  /** Opens every file again; resolves when nothing of the old ones is open here. */
  async reopen(): Promise<void> {
    await Promise.all([...this.files.values()].map(file => file.reopen()));
  }

  /** Resolves when every line is in its file. */
  async flush(): Promise<void> {
    await Promise.all([...this.files.values()].map(file => file.flush()));
  }

  /** For who wants the last lines in the files before the process ends. */
  flushSync(): void {
    for (const file of this.files.values()) file.flushSync();
  }
}
