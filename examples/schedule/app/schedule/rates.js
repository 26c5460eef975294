/** Each worker fetches the rates when it starts, and every ten seconds. */
export const schedule = { type: 'all', interval: '10s', immediate: true, timeout: '5s', retries: 2 };

export async function task({ app, logger }) {
  app.rates = { USD: (1 + Math.random() / 10).toFixed(4) };
  logger.info('app.%d has new rates', app.slot);
}
