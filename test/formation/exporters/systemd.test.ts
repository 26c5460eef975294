/** Units of systemd for every process mean the same when systemd runs them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as fc from 'fast-check';
import type { ExportedApp, ExportedProcess } from '../../../lib/formation/exporters/model.ts';
import { systemdUnits } from '../../../lib/formation/exporters/systemd-processes.ts';
import { until } from '../../helpers/until.ts';
import { anyCase, cases, withBench } from './lines.ts';
import { shop, WEB } from './shop.ts';
import { readUnit, runBySystemd, verify } from './systemd.ts';

const web: ExportedProcess = { ...WEB, instances: 1, drainTimeout: 5000 };
const { port: _port, ...portless } = web;
const worker: ExportedProcess = {
  ...portless,
  type: 'worker',
  command: "python3 jobs.py --name 'a b' --pct 50%",
  instances: 2,
  env: { QUEUE: 'low high' },
  cwd: '/srv/shop/jobs',
  isEntry: false,
  after: ['web'],
};
const release: ExportedProcess = { ...web, type: 'release', command: 'make migrate', isRelease: true };
const app = (processes: readonly ExportedProcess[] = [web, worker]): ExportedApp => shop(...processes);
const unit = (given: ExportedApp, name: string): string => systemdUnits(given).files.find(file => file.name === name)?.text ?? '';

describe('units of systemd for every process', () => {
  it('start every line with the words and the variables that /bin/sh gives it', async () => {
    await withBench(cases(), async bench => {
      const { app: nasty, directory, out } = bench;
      const { files } = systemdUnits(nasty);
      const written = (): boolean => nasty.processes.every((_, index) => existsSync(out(index)));
      const ran = await runBySystemd(directory, files, async hasEnded => {
        await until(() => written() || hasEnded(), { within: 20_000, what: 'what every unit writes' });
      });
      // Without systemd, as its manual reads them.
      const read = ran ? [] : nasty.processes.map(({ type }) => readUnit(unit(nasty, `nasty-${type}.1.service`)));
      await Promise.all(read.map(({ argv, env }) => bench.run(argv, env)));
      await bench.assertSame();
    });
  });

  it('say the line, the variables and the directory to who reads them by the manual', () => {
    fc.assert(
      fc.property(anyCase, ({ line, env = {} }) => {
        const cwd = `/srv/${line.replaceAll(/[\s\\\p{Cc}/]/gu, '')}`;
        const read = readUnit(unit(app([{ ...web, command: line, env, cwd }]), 'shop-web.1.service'));
        assert.deepEqual(read, {
          argv: ['/bin/sh', '-c', line],
          env: { NODE_ENV: 'production', ...env, PS: 'web.1', BROOD_TYPE: 'web', BROOD_SLOT: '1', PORT: '5000' },
          cwd,
        });
      }),
    );
  });

  it('are found right by its own checker, whatever the lines hold', async () => {
    await withBench(cases(5), ({ directory, app: nasty }) => {
      const { files } = systemdUnits({
        ...nasty,
        processes: [...nasty.processes, { ...web, cwd: nasty.baseDir }, { ...release, cwd: nasty.baseDir }],
        user: 'root',
      });
      assert.equal(verify(directory, files), '');
    });
  });

  it('are a target, and a service for each instance with its port', () => {
    const { files } = systemdUnits(app([{ ...web, instances: 2 }, worker]));
    assert.deepEqual(
      files.map(({ name }) => name),
      ['shop.target', 'shop-web.1.service', 'shop-web.2.service', 'shop-worker.1.service', 'shop-worker.2.service'],
    );
    for (const slot of [1, 2])
      assert.match(unit(app([{ ...web, instances: 2 }]), `shop-web.${slot}.service`), new RegExp(`^Environment=PORT=500${slot - 1}$`, 'm'));
    assert.match(files[0]?.text ?? '', /^Wants=shop-worker\.2\.service$/m);
    assert.equal(
      files[4]?.text,
      [
        '[Unit]',
        'Description=shop worker.2',
        'PartOf=shop.target',
        'Wants=network-online.target',
        'After=network-online.target',
        'Wants=shop-web.1.service shop-web.2.service',
        'After=shop-web.1.service shop-web.2.service',
        'StartLimitIntervalSec=0',
        '',
        '[Service]',
        'Type=exec',
        'KillMode=control-group',
        'Restart=always',
        'RestartSec=1',
        'KillSignal=SIGTERM',
        'TimeoutStopSec=10',
        'LimitNOFILE=65536',
        'WorkingDirectory=/srv/shop/jobs',
        'Environment=NODE_ENV=production',
        'Environment="QUEUE=low high"',
        'Environment=PS=worker.2',
        'Environment=BROOD_TYPE=worker',
        'Environment=BROOD_SLOT=2',
        `ExecStart=/bin/sh -c "python3 jobs.py --name 'a b' --pct 50%%"`,
        '',
      ].join('\n'),
    );
  });

  it('start release never by themselves, and a master as one that tells how it is', () => {
    const { files, notes } = systemdUnits(app([{ ...web, isMaster: true }, release]));
    const [target, master, once] = files.map(({ text }) => text);
    assert.doesNotMatch(target ?? '', /release/);
    assert.match(master ?? '', /^Type=notify$/m);
    assert.match(master ?? '', /^TimeoutStopSec=20$/m);
    assert.match(once ?? '', /^Type=oneshot$/m);
    assert.ok(notes.includes('release: nothing starts it by itself: systemctl start shop-release.service before a new version'), notes.join('\n'));
  });

  it('have what others wait for the end of as a task, without which these do not start', async () => {
    const migrate: ExportedProcess = { ...worker, type: 'migrate', instances: 1, command: 'make migrate', after: [], restart: 'never' };
    const apart = [
      { ...web, after: ['migrate', 'log'], until: { migrate: 'completed' as const } },
      migrate,
      { ...worker, type: 'log', instances: 1, after: [] },
    ];
    await withBench(cases(0), ({ directory }) => {
      const { files, notes } = systemdUnits(app(apart.map(process => ({ ...process, cwd: '/' }))));
      assert.equal(verify(directory, files), '');
      const of = (name: string): string => files.find(file => file.name === name)?.text ?? '';
      assert.match(
        of('shop-web.1.service'),
        /^Requires=shop-migrate\.1\.service\nWants=shop-log\.1\.service\nAfter=shop-migrate\.1\.service shop-log\.1\.service$/m,
      );
      assert.match(of('shop-migrate.1.service'), /^Type=oneshot\nRemainAfterExit=yes\n(?:.*\n)*Restart=no$/m);
      assert.match(of('shop-log.1.service'), /^Type=exec$/m);
      assert.deepEqual(notes, []);
    });
    // One that is always started again never has ended.
    const { files, notes } = systemdUnits(app([apart[0] ?? web, { ...migrate, restart: 'always' }]));
    assert.doesNotMatch(files.map(({ text }) => text).join('\n'), /oneshot|Requires/);
    assert.deepEqual(notes, ['web: systemd starts it once migrate runs, and does not wait until that is completed']);
  });

  it('keep what they cannot say as notes, and what everybody could read for their owner', () => {
    const probe = {
      check: { kind: 'tcp', port: 5000, host: '127.0.0.1' },
      initialDelay: 0,
      period: 1,
      timeout: 1,
      successThreshold: 1,
      failureThreshold: 1,
    } as const;
    const { files, notes } = systemdUnits(
      app([
        { ...web, probes: { readiness: probe } },
        { ...worker, env: { API_TOKEN: 'x', 'a.b': 'y' } },
      ]),
    );
    assert.deepEqual(notes, [
      'worker: the variable a.b is left out: /bin/sh hands on no name but of letters, digits and "_"',
      'web: systemd does not look at its readiness probe',
      'worker: systemd starts it once web runs, and does not wait until that is ready',
      'systemctl show tells everybody in clear text: API_TOKEN',
    ]);
    assert.ok(files.filter(({ name }) => name.endsWith('.service')).every(({ isSecret }) => isSecret));
  });

  it('are refused for what no unit can say', () => {
    for (const [change, what] of [
      [{ command: 'a\0b' }, 'the command of web'],
      [{ env: { A: '\uD800' } }, 'the variable A of web'],
      [{ cwd: '/srv/a\nb' }, 'the directory of web'],
      [{ cwd: '/srv/a\\' }, 'the directory of web'],
    ] as const)
      assert.throws(() => systemdUnits(app([{ ...web, ...change }])), {
        code: 'BROOD_EXPORT_TEXT',
        message: new RegExp(`^${what} cannot be said in a unit of systemd`),
      });
  });
});
