/** A client of HTTP/2. */
import { once } from 'node:events';
import http2 from 'node:http2';

/** A session whose errors are those of its streams. */
export async function connectHttp2(port) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  await once(session, 'connect');
  return session;
}

/** One request of a session; its status, or what has gone wrong. */
export function exchange(session, path) {
  return new Promise(done => {
    let asked;
    try {
      asked = session.request({ ':path': path });
    } catch (error) {
      return done(error.code);
    }
    let status;
    asked.on('response', headers => (status = headers[':status']));
    asked.on('error', error => done(error.code));
    asked.on('end', () => done(status));
    asked.resume();
    asked.end();
  });
}
