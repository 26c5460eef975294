import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

// Every other example gets TLS by the option `https: { key, cert }` of startCluster; this one brings its own server.
const file = name => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));

export default app => {
  app.handle(createServer({ key: file('key'), cert: file('cert') }, (request, response) => response.end(`https in ${process.pid}\n`)));
};
