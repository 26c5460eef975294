/** The edit-reload loop: from a saved file to an answer of the new code, `brood dev` beside what others run while they develop. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './lib/subject.js';
import { now, sleep } from './lib/facts.js';
import { treeOf } from './lib/process-tree.js';
import { inTurn, startAll, stopAll } from './lib/rounds.js';
import { ratio, runAlone, target } from './lib/row.js';
import { root } from './lib/settings.js';
import { median, spread, figure, table } from './lib/stats.js';

const LIMIT = 20_000;

/** The same server for everybody: a file that listens, and a module beside it that is saved again and again. */
const sources = {
  js: {
    'package.json': '{ "type": "module" }',
    'server.js':
      "import http from 'node:http';\nimport { word } from './word.js';\nhttp.createServer((_, response) => response.end(word)).listen(process.env.PORT);\n",
  },
  ts: {
    'package.json': '{ "type": "module" }',
    'server.ts':
      "import http from 'node:http';\nimport { word } from './word.ts';\nhttp.createServer((_: http.IncomingMessage, response: http.ServerResponse): void => void response.end(word)).listen(process.env.PORT);\n",
  },
  // Brood's own kind of application, with an agent beside the worker.
  app: {
    'package.json': '{ "type": "module" }',
    'app.js': "import { word } from './word.js';\nexport default app => app.handle((_, response) => response.end(word));\n",
    'app.ts':
      "import { word } from './word.ts';\nexport default (app: { handle(f: unknown): void }): void => app.handle((_: unknown, r: { end(t: string): void }) => r.end(word));\n",
  },
};

const brood = path.join(root, 'dist/bin/brood.cjs');
const peer = (settings, name, file) => path.join(settings.cache, 'node_modules', name, file);
const commands = {
  'nodemon js': { kind: 'js', words: settings => [peer(settings, 'nodemon', 'bin/nodemon.js'), '--quiet', 'server.js'] },
  'node --watch js': { kind: 'js', words: () => ['--watch', 'server.js'] },
  'tsx watch js': { kind: 'js', words: settings => [peer(settings, 'tsx', 'dist/cli.mjs'), 'watch', '--clear-screen=false', 'server.js'] },
  'brood dev js': { kind: 'js', words: (_, port) => [brood, 'dev', 'server.js', '-p', port] },
  'brood dev app.js': { kind: 'app', ending: 'js', words: (_, port) => [brood, 'dev', '-p', port] },
  'tsx watch ts': { kind: 'ts', words: settings => [peer(settings, 'tsx', 'dist/cli.mjs'), 'watch', '--clear-screen=false', 'server.ts'] },
  'brood dev app.ts': { kind: 'app', ending: 'ts', words: (_, port) => [brood, 'dev', '-p', port] },
};

const answer = port =>
  new Promise(resolve => {
    const request = http.get({ host: '127.0.0.1', port, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => (text += chunk));
      response.on('end', () => resolve(text)).on('error', () => resolve(undefined));
    });
    request.on('error', () => resolve(undefined));
  });

class Developer {
  constructor(name, settings, port) {
    const { kind, ending = kind, words } = commands[name];
    Object.assign(this, { name, port, ending, saves: 0, directory: mkdtempSync(path.join(tmpdir(), 'brood-bench-dev-')) });
    this.save();
    const other = ending === 'js' ? 'app.ts' : 'app.js';
    for (const [file, text] of Object.entries(sources[kind])) if (file !== other) writeFileSync(path.join(this.directory, file), text);
    const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('NODE_')));
    this.child = spawn(process.execPath, words(settings, String(port)), {
      cwd: this.directory,
      env: { ...env, PORT: String(port) },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    process.once('exit', () => this.kill());
  }

  get word() {
    return `version ${this.saves}`;
  }

  /** Saves the next version, as most editors do: by one write. */
  save() {
    this.saves++;
    writeFileSync(path.join(this.directory, `word.${this.ending}`), `export const word = '${this.word}';\n`);
  }

  /** Milliseconds until the saved version answers, and how many requests failed meanwhile. */
  async served() {
    const began = now();
    let failed = 0;
    for (;;) {
      const text = await answer(this.port);
      if (text === this.word) return { time: now() - began, failed };
      if (text === undefined) failed++;
      if (now() - began > LIMIT) throw new Error(`the saved version did not answer within ${LIMIT} ms`);
      await sleep(2);
    }
  }

  kill() {
    for (const { pid } of treeOf(this.child.pid).toReversed()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  async stop() {
    this.kill();
  }
}

async function start(name, settings) {
  const developer = new Developer(name, settings, await freePort());
  try {
    await developer.served();
    return developer;
  } catch (error) {
    developer.kill();
    throw error;
  }
}

async function saveOnce(developer) {
  // Nobody saves at the very moment when the last replacement has answered.
  await sleep(500);
  developer.save();
  return developer.served();
}

export const row = {
  name: 'develop',
  about:
    'From a saved file to the first answer of the new code, and the requests that failed meanwhile (one at a time, a connection each). The same server as a file that listens; and as app.js / app.ts of Brood, which has an agent as well.',
  async measure(settings) {
    const developers = await startAll(Object.keys(commands), settings, name => start(name, settings));
    let samples;
    try {
      samples = await inTurn(developers, settings, (_name, developer) => saveOnce(developer), { rounds: settings.quick ? 3 : settings.rounds * 2 });
    } finally {
      await stopAll(developers);
    }
    const times = name => samples.get(name)?.map(({ time }) => time) ?? [];
    const middle = name => median(times(name));
    const rows = [...samples.keys()].map(name => [
      name,
      spread(times(name)),
      figure(middle(name) / middle('node --watch js')),
      figure(samples.get(name).reduce((sum, { failed }) => sum + failed, 0)),
    ]);
    const ours = [...samples].filter(([name, list]) => name.startsWith('brood') && list.length > 0).flatMap(([, list]) => list);
    const failed = ours.length > 0 ? ours.reduce((sum, sample) => sum + sample.failed, 0) : NaN;
    const targets = [
      target('brood dev ÷ node --watch, .js', ratio(middle('brood dev js'), middle('node --watch js')), { most: 1 }),
      target('brood dev ÷ nodemon, .js', ratio(middle('brood dev js'), middle('nodemon js')), { most: 1 }),
      target('brood dev ÷ tsx watch, .js', ratio(middle('brood dev js'), middle('tsx watch js')), { most: 1 }),
      target('brood dev ÷ tsx watch, .ts', ratio(middle('brood dev app.ts'), middle('tsx watch ts')), { most: 1 }),
      target('failed requests during all replacements of brood dev', failed, { most: 0 }),
    ];
    return { tables: [table(['implementation', 'saved → served, ms', '× node --watch', 'failed requests'], rows)], targets };
  },
};

await runAlone(row, import.meta);
