/** Every worker keeps the rates that app/schedule/rates.js fetches, and shows how the schedules go. */
export default app => {
  app.rates = {};
  app.handle(async (request, response) => {
    const schedules = await app.messenger.request('agent', 'schedules');
    // Before everyone is ready the clock does not run, and there is no next tick.
    const when = next => (next === undefined ? 'unknown' : new Date(next).toISOString());
    const lines = schedules.map(({ name, counts, next }) => `${name}: ${counts.succeeded} runs, next ${when(next)}`);
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(`1 EUR = ${app.rates.USD} USD in app.${app.slot}\n${lines.join('\n')}\n`);
  });
};
