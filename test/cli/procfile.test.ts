/** check and explain of a Procfile on the command line: what is taken for it, what goes where, and the exit codes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { withFiles } from '../helpers/files.ts';
import { BIN } from './running.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function brood(cwd: string, ...words: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise(resolve => child.on('close', code => resolve({ code, stdout, stderr })));
}

interface Document {
  readonly kind: string;
  readonly portable?: boolean;
  readonly items: readonly Readonly<Record<string, unknown>>[];
}
// Proven by the assertions on it.
const documentIn = ({ stdout }: Ended): Document => JSON.parse(stdout) as Document;

const FILES = {
  Procfile: 'web: node app.js\n  w: node w.js\n',
  'Procfile.bad': 'web: node a\nweb: node b\n',
  'app/brood.config.yaml': 'port: 0\n',
  'app/app.mjs': '',
};

describe('brood check of a Procfile', () => {
  it('ends with 0 for warnings, with 5 for errors, and shows each with its line', async () => {
    await withFiles(FILES, async ({ directory }) => {
      const [good, bad, named] = await Promise.all([
        brood(directory, 'check'),
        brood(directory, 'check', '-f', 'Procfile.bad'),
        brood(directory, 'check', 'Procfile.bad', '--lenient'),
      ]);
      assert.deepEqual([good.code, good.stderr], [0, '1 to think about\n']);
      assert.match(good.stdout, /✔ procfile {5}Procfile, process types: web, w\n! procfile {5}Procfile:2:1: .*\n {2}> 2 \| {3}w: node w\.js\n {6}\| \^\n/);
      assert.deepEqual([bad.code, bad.stderr], [5, '1 to mend\n']);
      assert.match(bad.stdout, /✘ procfile {5}Procfile\.bad:2:1: "web" stands in line 1 and in line 2/);
      assert.equal(named.code, 0);
    });
  });

  it('has a block for each profile, or one document of all', async () => {
    await withFiles(FILES, async ({ directory }) => {
      const [text, json] = await Promise.all([brood(directory, 'check', '--profile', 'all'), brood(directory, 'check', '--profile', 'all', '--json')]);
      const titles = text.stdout.match(/^\w+: .*$/gm)?.map(line => line.replace(/:.*/, ''));
      assert.deepEqual([text.code, titles], [5, ['foreman', 'honcho', 'heroku', 'blueking', 'strict']]);
      const { kind, items } = documentIn(json);
      assert.deepEqual([json.code, kind], [5, 'Findings']);
      const error = items.find(({ level }) => level === 'error');
      assert.deepEqual([error?.['profile'], error?.['rule'], typeof error?.['file'], typeof error?.['frame']], ['blueking', 'yaml', 'string', 'string']);
    });
  });

  it('masks the secrets of the lines that it shows', async () => {
    await withFiles({ Procfile: 'web: TOKEN=hunter2 node a\nweb: node b --password hunter2\n' }, async ({ directory }) => {
      const [text, json] = await Promise.all([brood(directory, 'check'), brood(directory, 'check', '--json')]);
      assert.match(text.stdout, /> 2 \| web: node b --password \*+\n/);
      assert.doesNotMatch(text.stdout + json.stdout, /hunter2/);
    });
  });

  it('leaves a directory with a configuration file as it was, and ends with 2 where there is no Procfile', async () => {
    await withFiles(FILES, async ({ directory }) => {
      const [app, none, missing, unknown, script] = await Promise.all([
        brood(directory, 'check', 'app', '--json'),
        brood(directory, 'check', 'app', '--profile', 'heroku'),
        brood(directory, 'check', '-f', 'Procfile.bda'),
        brood(directory, 'check', '--profile', 'herku'),
        brood(directory, 'check', 'app/app.mjs', '--profile', 'heroku'),
      ]);
      assert.equal(
        documentIn(app).items.some(({ check }) => check === 'procfile'),
        false,
      );
      assert.deepEqual([none.code, missing.code, unknown.code, script.code], [2, 2, 2, 2]);
      assert.match(missing.stderr, /Did you mean Procfile\.bad\?/);
      assert.match(unknown.stderr, /did you mean heroku\?/);
    });
  });
});

describe('brood check of an app_desc.yaml', () => {
  it('is of the one of the directory, or of one that is named: text or one document, 5 for errors, 0 for notes', async () => {
    const good = 'spec_version: 2\nmodule: { language: Go, processes: { web: { command: exec sleep 1, plan: 4C1G5R } } }\n';
    const files = {
      'app_desc.yaml': good,
      'bad/app_desc.yaml': good.replace('Go', 'Cobol'),
      'pm2/ecosystem.config.json': '{"apps":[{"script":"a.js","namespace":"x"}]}',
      'pm2/a.js': '',
    };
    await withFiles(files, async ({ directory }) => {
      const [text, json, bad, named, pm2] = await Promise.all([
        brood(directory, 'check'),
        brood(directory, 'check', 'app_desc.yaml', '--json'),
        brood(directory, 'check', 'bad'),
        brood(directory, 'check', '-f', 'bad/app_desc.yaml', '--json'),
        brood(directory, 'check', 'pm2'),
      ]);
      assert.deepEqual([text.code, text.stderr], [0, 'it could be run\n']);
      assert.match(text.stdout, /✔ app_desc {5}app_desc\.yaml .*\n· app_desc {5}app_desc\.yaml:2:\d+: .* is not used here/);
      assert.deepEqual([json.code, documentIn(json).items.map(({ level }) => level)], [0, ['ok', 'note']]);
      assert.deepEqual([bad.code, bad.stderr, named.code], [5, '1 to mend\n', 5]);
      assert.equal(documentIn(named).items[0]?.['rule'], 'wrong-value');
      assert.match(pm2.stdout, /! pm2 {10}\w+: namespace — each application has its own master/);
      assert.doesNotMatch(pm2.stdout, /script —/);
    });
  });
});

describe('brood explain', () => {
  it('tells how the tools read each line, in 80 columns, and whether the file is portable', async () => {
    await withFiles(FILES, async ({ directory }) => {
      const [all, one, json] = await Promise.all([
        brood(directory, 'explain'),
        brood(directory, 'explain', 'Procfile', '--tool', 'goreman'),
        brood(directory, 'explain', '--json'),
      ]);
      assert.deepEqual([all.code, all.stderr], [0, '']);
      assert.match(all.stdout, /^Procfile:2 {4}w: node w\.js\n {2}foreman, honcho, forego, overmind, hivemind\n {4}ignored: it is indented\n/m);
      assert.match(all.stdout, /\nportable: no \(\d lines?\)\n$/);
      assert.ok(all.stdout.split('\n').every(line => line.length <= 80));
      assert.match(one.stdout, /^Procfile:1 .*\n {2}goreman\n {4}web, PORT 5000, starts: node app\.js\n/);
      assert.doesNotMatch(one.stdout, /portable/);
      const { kind, portable, items } = documentIn(json);
      assert.deepEqual([kind, portable, items.length], ['Explanation', false, 2]);
      assert.deepEqual(Array.isArray(items[0]?.['readings']) && items[0]['readings'][0], {
        tool: 'foreman',
        fate: 'process',
        name: 'web',
        command: 'node app.js',
        port: 5000,
        starts: 'yes',
      });
    });
  });

  it('begins the ports where .env says, of the tools that take it from there, and masks secrets', async () => {
    await withFiles({ Procfile: 'web: TOKEN=hunter2 node a\nw: node b\n', '.env': 'PORT=7000\n' }, async ({ directory }) => {
      const [text, json] = await Promise.all([brood(directory, 'explain'), brood(directory, 'explain', '--json')]);
      for (const line of [
        'foreman, honcho, forego, nf, brood\n    w, PORT 7100, starts',
        'overmind, hivemind, goreman\n    w, PORT 5100, starts',
        'blueking\n    w, PORT 5000, starts',
        'TOKEN=********',
      ])
        assert.ok(text.stdout.includes(line), `${line}\n${text.stdout}`);
      assert.doesNotMatch(text.stdout + json.stdout, /hunter2/);
    });
  });

  it('ends with 2 for a tool or a file that there is not', async () => {
    await withFiles({ x: '' }, async ({ directory }) => {
      const [tool, file] = await Promise.all([brood(directory, 'explain', '--tool', 'formeman'), brood(directory, 'explain')]);
      assert.deepEqual([tool.code, file.code], [2, 2]);
      assert.match(tool.stderr, /did you mean foreman\?/);
    });
  });
});
