import { WebSocketServer } from 'ws';

/** Greets, then echoes. */
export default () => {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', client => {
    client.send(`ws in ${process.pid}`);
    client.on('message', message => client.send(message));
  });
  return sockets;
};
