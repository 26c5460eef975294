/** Runs the implementations of a row in turn, round by round, so that whatever else the machine does meets all of them. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Starts each of `names` with `start(name)`; one that does not start is reported and left out. */
export async function startAll(names, settings, start) {
  const started = [];
  for (const name of names.filter(wanted => !settings.only || settings.only.includes(wanted))) {
    try {
      started.push([name, await start(name)]);
    } catch (error) {
      settings.problems.push(`${name}: ${error.message.trim()}`);
      console.error(`${name}: ${error.message}`);
    }
  }
  return new Map(started);
}

/**
 * `measure(name, subject, round)` for each of `subjects` (a Map, or an array of names) in each round; a Map from name to an array of samples.
 * Round 0 is a warm-up that does not count, unless `warmup` is false. One that throws is reported and takes no further part.
 */
export async function inTurn(subjects, settings, measure, { warmup = true, rounds = settings.rounds } = {}) {
  const entries = Array.isArray(subjects) ? subjects.map(name => [name, undefined]) : [...subjects];
  const wanted = entries.filter(([name]) => !settings.only || settings.only.some(only => name === only || name.startsWith(`${only} `)));
  const samples = new Map(wanted.map(([name]) => [name, []]));
  const failed = new Set();
  for (let round = warmup ? 0 : 1; round <= rounds; round++) {
    for (const [name, subject] of wanted) {
      if (failed.has(name)) continue;
      try {
        const sample = await measure(name, subject, round);
        if (round > 0) samples.get(name).push(sample);
      } catch (error) {
        failed.add(name);
        settings.problems.push(`${name}: ${error.message.trim()}`);
        console.error(`${name}: ${error.message}`);
      }
    }
    process.stderr.write(`  round ${round}/${rounds}\r`);
  }
  return samples;
}

/** Stops all of `subjects` (a Map of what has a `stop`). */
export async function stopAll(subjects) {
  await Promise.all([...subjects.values()].map(subject => subject.stop()));
}

/** `change()` so many times, half a second apart: how long each took, and with which code it ended. */
export async function oneAfterTheOther(count, change) {
  const [took, codes] = [[], []];
  for (let round = 0; round < count; round++) {
    const done = await change();
    took.push(done.took);
    codes.push(done.code);
    await sleep(500);
  }
  return { took, codes };
}
