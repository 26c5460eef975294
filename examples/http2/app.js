import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';

const file = name => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));

export default () =>
  createSecureServer({ key: file('key'), cert: file('cert'), allowHTTP1: true }, (request, response) => {
    response.end(`http ${request.httpVersion} in ${process.pid}\n`);
  });
