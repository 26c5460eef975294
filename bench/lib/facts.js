/** Waits for facts that measured processes append to a file, each with the time it happened. */
import { readFileSync, watch, writeFileSync } from 'node:fs';

/** Milliseconds of the clock that all processes of the machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

export class Facts {
  constructor(path) {
    this.path = path;
    this.waiting = new Set();
    writeFileSync(path, '');
    this.watcher = watch(path, () => this.check());
  }

  get all() {
    const text = readFileSync(this.path, 'utf8');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line));
  }

  check() {
    if (this.waiting.size === 0) return;
    const all = this.all;
    for (const wait of this.waiting) {
      const answer = wait.question(all);
      if (answer) wait.settle(answer);
    }
  }

  /** What `question(facts)` answers once it answers something; throws after `timeout` milliseconds or when the waiting is given up. */
  until(question, what, timeout = 30_000) {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.waiting.delete(wait);
        settle(value);
      };
      const timer = setTimeout(() => end(reject, new Error(`not within ${timeout} ms: ${what}`)), timeout);
      const wait = { question, settle: answer => end(resolve, answer), fail: error => end(reject, error) };
      this.waiting.add(wait);
      this.check();
    });
  }

  /** The first `count` facts `event` after the time `since`, each of another process. */
  events(event, count, { since = 0, timeout } = {}) {
    const question = all => {
      const fresh = all.filter(fact => fact.event === event && fact.at >= since);
      return fresh.length >= count && fresh.slice(0, count);
    };
    return this.until(question, `${count} × ${event}`, timeout);
  }

  giveUp(error) {
    for (const wait of this.waiting) wait.fail(error);
  }

  close() {
    this.watcher.close();
    this.giveUp(new Error('closed'));
  }
}
