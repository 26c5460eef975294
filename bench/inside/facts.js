/** Tells the bench what happened in this process, and when: one line of JSON appended to a file. CommonJS, because every peer loads it. */
const fs = require('node:fs');

/** Milliseconds of the clock that all processes of the machine share. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

const file = process.env.BENCH_FACTS;

/** Records `event`; a line this short is appended in one piece. */
function fact(event, more = {}) {
  if (file) fs.appendFileSync(file, JSON.stringify({ event, pid: process.pid, at: now(), ...more }) + '\n');
}

module.exports = { fact, now };
