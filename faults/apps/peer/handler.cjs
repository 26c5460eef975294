/** The server that every implementation runs, so that all get the same test; boots as the file `app-boot` says, and notes each boot. */
const { appendFileSync, readFileSync } = require('node:fs');
const path = require('node:path');

const directory = process.env.FAULTS_DIR;

exports.boot = () => {
  appendFileSync(path.join(directory, 'app-boots'), `${Date.now()} ${process.pid}\n`);
  let order = '';
  try {
    order = readFileSync(path.join(directory, 'app-boot'), 'utf8').trim();
  } catch {
    // Nothing is ordered: it boots well.
  }
  if (order === 'exit:1') process.exit(1);
  if (order === 'throw') throw new Error('the boot throws');
};

exports.handler = (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://host');
  if (pathname === '/slow') return void setTimeout(() => response.end(String(process.pid)), Number(searchParams.get('ms')));
  response.end(String(process.pid));
  if (pathname !== '/loop') return undefined;
  return void setImmediate(() => {
    for (;;);
  });
};
