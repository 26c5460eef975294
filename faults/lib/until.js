/** Waiting for facts. */
export const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** The first truthy answer of `check`; `undefined` after `within` milliseconds. */
export async function until(check, within = 10_000) {
  const end = Date.now() + within;
  do {
    const answer = await check();
    if (answer) return answer;
    await sleep(10);
  } while (Date.now() < end);
  return undefined;
}
