/** What is looked at before a start of an application of BlueKing, or of pm2. */
import assert from 'node:assert/strict';
import { checkAppDesc } from '../../lib/daemon/check-app-desc.ts';
import { checkApplication } from '../../lib/daemon/check.ts';
import type { CheckFinding } from '../../lib/daemon/check.ts';
import { formationOf } from '../../lib/daemon/check-procfile.ts';
import { tellRemarks } from '../../lib/daemon/output.ts';
import { readPlan } from '../../lib/daemon/read-plan.ts';
import { withFiles } from '../helpers/files.ts';
import { fixture } from '../helpers/paths.ts';

type Texts = Readonly<Record<string, string>>;

const DESCRIBED = `spec_version: 2
module:
  language: Go
  processes:
    web: { command: exec sleep 1, plan: 4C1G5R }
  services: [{ name: mysql }]
`;

const described = (files: Texts): Promise<readonly CheckFinding[]> =>
  withFiles(files, async ({ directory }) => {
    const found = formationOf(directory);
    assert.ok(found?.kind === 'app-desc');
    return checkAppDesc(found, 'prod');
  });

/** `level check rule: text`, without the directory. */
const lines = (findings: readonly CheckFinding[]): readonly string[] =>
  findings.map(({ level, check, rule, code, line, text }) => `${level} ${check} ${rule ?? code ?? '-'} ${line ?? '-'}: ${text.replace(/^\S*\//, '')}`);

describe('the check of an app_desc.yaml', () => {
  it('names its processes, and what is not used here as notes', async () => {
    assert.deepEqual(lines(await described({ 'app_desc.yaml': DESCRIBED })), [
      'ok app_desc - -: app_desc.yaml (version 2, prod), process types: web',
      'note app_desc not-used-here 5: app_desc.yaml:5:35: "module.processes.web.plan" is not used here: the machine has no plans of resources',
      'note app_desc not-used-here 6: app_desc.yaml:6:3: "module.services" is not used here: services are of the platform',
    ]);
  });

  it('tells every mistake with its line and a caret, and unknown keys as warnings', async () => {
    const findings = await described({
      'app_desc.yaml': 'spec_version: 2\nmodule:\n  language: Cobol\n  langage: Go\n  processes: { web: { command: x, replicas: -1 } }\n',
    });
    assert.deepEqual(
      findings.map(({ level, line }) => [level, line]),
      [
        ['error', 3],
        ['warning', 4],
        ['error', 5],
      ],
    );
    assert.match(findings[0]?.frame ?? '', /> 3 \| +language: Cobol\n.*\^/);
    assert.equal(findings[1]?.remedy, 'Did you mean "language"?');
  });

  it('tells a conflict with the Procfile as a start does, and a program that is not there', async () => {
    const conflict = await described({ 'app_desc.yaml': DESCRIBED, Procfile: 'web: exec sleep 2\n' });
    assert.deepEqual([conflict[0]?.level, conflict[0]?.code], ['error', 'BROOD_APP_DESC_CONFLICT']);
    assert.match(conflict[0]?.text ?? '', /define different processes: web$/);
    const missing = await described({ 'app_desc.yaml': DESCRIBED.replace('sleep', 'nosuchprogram') });
    assert.ok(lines(missing).includes('warning web - -: nosuchprogram is in no directory of PATH'));
  });

  it('goes by the Procfile where that is run, and tells its mistakes too', async () => {
    const old = await described({ 'app_desc.yaml': 'spec_version: 1\n', Procfile: 'web: exec sleep 1\n' });
    assert.deepEqual(
      old.map(({ level, check }) => `${level} ${check}`),
      ['ok app_desc', 'warning app_desc'],
    );
    assert.match(old[0]?.text ?? '', /app_desc\.yaml, process types of the Procfile: web$/);
    const broken = await described({ 'app_desc.yaml': DESCRIBED, Procfile: 'web: exec sleep 1\nweb: exec sleep 1\n' });
    assert.deepEqual(
      broken.filter(({ level }) => level === 'error').map(({ check, rule }) => [check, rule]),
      [['procfile', 'duplicate-name']],
    );
    const empty = await described({ 'app_desc.yaml': 'spec_version: 2\nmodule: { language: Go }\n' });
    assert.equal(empty[0]?.code, 'BROOD_APP_DESC_EMPTY');
  });

  it('finds nothing to mend in what the documentation has', async () => {
    for (const name of ['shop-2.yaml', 'shop-3.yaml']) {
      const findings = await checkAppDesc({ file: fixture('app-desc', name), procfile: undefined }, 'stag');
      assert.deepEqual(
        findings.filter(({ level }) => level === 'error'),
        [],
      );
      assert.ok(findings.some(({ level }) => level === 'note'));
    }
  });
});

describe('the check of an ecosystem file', () => {
  it('tells what becomes of each attribute, and looks at the files that it names', async () => {
    const ecosystem = 'module.exports = { apps: [{ name: "api", script: "gone.js", interpreter: "nosuchpython", max_restarts: 3, namespace: "shop" }] };\n';
    const findings = await withFiles({ 'ecosystem.config.cjs': ecosystem }, ({ directory }) =>
      checkApplication({ options: { baseDir: directory }, command: 'check' }),
    );
    const own = findings.filter(({ check }) => check === 'pm2');
    assert.deepEqual(
      own.map(({ level, rule, text }) => [level, rule, text.replace(/ — .*/, '')]),
      [
        ['ok', 'mapped', 'api: name'],
        ['ok', 'mapped', 'api: script'],
        ['ok', 'mapped', 'api: interpreter'],
        ['note', 'changed', 'api: max_restarts'],
        ['warning', 'unsupported', 'api: namespace'],
      ],
    );
    assert.ok(lines(findings).some(line => line.startsWith('error api') && line.includes('nosuchpython')));
  });
});

describe('the start of an application of BlueKing', () => {
  const told = (files: Texts): Promise<readonly string[]> =>
    withFiles(files, async ({ directory }) => {
      const said: string[] = [];
      const plan = await readPlan({ options: { baseDir: directory }, command: 'start' });
      tellRemarks(plan, { info: text => said.push(`info ${text.replace(/^\S*\//, '')}`), warn: text => said.push(`warn ${text.replace(/^\S*\//, '')}`) });
      return said;
    });

  it('says in one line how much is not used, and each warning by itself', async () => {
    assert.deepEqual(await told({ 'app_desc.yaml': DESCRIBED }), ['info app_desc.yaml: 2 things are not used here; brood check tells which']);
    const one = DESCRIBED.replace('  services: [{ name: mysql }]\n', '  colour: red\n');
    assert.match(
      (await told({ 'app_desc.yaml': one })).join('\n'),
      /^warn app_desc\.yaml:6:3: unknown key.*\ninfo app_desc\.yaml: 1 thing is not used here; brood check tells which$/,
    );
    assert.deepEqual(await told({ Procfile: 'web: sleep 1\nrelease: x\n' }), []);
  });
});
