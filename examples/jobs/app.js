/** Takes letters, which the mailer sends; and numbers, which a thread looks at. */
export default app =>
  app.handle(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const [, what, value] = pathname.split('/');
    if (what === 'letter') {
      await app.messenger.sendTo('mailer', 'letter', { to: value });
      return response.end(`the letter to ${value} is on its way\n`);
    }
    if (what === 'sent') return response.end(`${await app.messenger.request('mailer', 'sent')} letters sent\n`);
    if (what === 'prime') {
      const { isPrime, thread } = await app.messenger.request('primes', 'prime', Number(value));
      return response.end(`${value} is ${isPrime ? 'a' : 'no'} prime, says thread ${thread}\n`);
    }
    response.end('try /letter/anna, /sent and /prime/97\n');
  });
