import type { Application } from 'brood';

/** Every worker runs this; they share one port. */
export default (app: Application): void => {
  let greeting = 'The agent has said nothing yet';

  app.messenger.on('greeting', (text: string) => {
    greeting = text;
  });
  app.messenger.on('ready', async () => {
    greeting = await app.messenger.request('agent', 'greeting');
  });

  app.handle((request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(`${greeting}\n${request.url} was answered by app.${app.slot} (pid ${process.pid})\n`);
  });
};
