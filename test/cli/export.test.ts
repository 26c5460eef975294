/** `brood export`: data on standard output or in files, what cannot be said on standard error. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { exportTo } from '../../lib/cli/export.ts';
import { withFiles } from '../helpers/files.ts';
import { BIN } from './running.ts';

const CONFIG = JSON.stringify({
  name: 'shop',
  type: 'app',
  processes: {
    web: { command: 'exec node server.js "$PORT"', port: 8000, instances: 2 },
    worker: { command: 'exec python3 jobs.py', env: { API_TOKEN: 'x%$y' } },
    release: { command: 'make migrate' },
  },
});

function brood(cwd: string, ...words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { NODE_ENV: _, ...env } = process.env;
  return spawnSync(process.execPath, [BIN, 'export', ...words], { cwd, encoding: 'utf8', env, timeout: 30_000 });
}

describe('brood export', () => {
  it('prints one unit that runs a master, and with --processes every process by itself', async () => {
    await withFiles({ 'brood.config.json': CONFIG }, ({ directory }) => {
      const whole = brood(directory, 'systemd', '--user', 'www');
      assert.deepEqual([whole.status, whole.stderr], [0, '']);
      assert.match(whole.stdout, /^ExecStart=\S+ \S+brood\.cjs start$/m);
      assert.match(whole.stdout, /^User=www$/m);
      const apart = brood(directory, 'systemd', '--processes');
      assert.equal(apart.status, 0);
      assert.deepEqual(
        [...apart.stdout.matchAll(/^# (\S+)$/gm)].map(([, name]) => name),
        ['shop.target', 'shop-web.1.service', 'shop-web.2.service', 'shop-worker.1.service', 'shop-release.service'],
      );
      assert.deepEqual(apart.stderr.trimEnd().split('\n'), [
        'note: release: nothing starts it by itself: systemctl start shop-release.service before a new version',
        'note: systemctl show tells everybody in clear text: API_TOKEN',
      ]);
    });
  });

  it('writes files, those with secrets for their owner alone, and says what comes next', async () => {
    await withFiles({ 'brood.config.json': CONFIG }, ({ directory, path, write }) => {
      write({ 'k8s/shop-secret.yaml': 'old' });
      const { status, stdout, stderr } = brood(directory, 'kubernetes', 'k8s', '--image', 'shop:42');
      assert.deepEqual([status, stdout], [0, '']);
      assert.deepEqual(readdirSync(path('k8s')).sort(), ['shop-release.yaml', 'shop-secret.yaml', 'shop.yaml']);
      assert.equal(statSync(path('k8s/shop-secret.yaml')).mode & 0o777, 0o600);
      assert.match(readFileSync(path('k8s/shop.yaml'), 'utf8'), /image: "shop:42"/);
      assert.match(stderr, new RegExp(`^written: ${path('k8s/shop.yaml')}$`, 'm'));
      const next = stderr.split('\n').filter(line => line.startsWith('  '));
      assert.deepEqual(next, [
        `  kubectl apply -f ${path('k8s')}/shop-secret.yaml`,
        `  kubectl replace --force -f ${path('k8s')}/shop-release.yaml && kubectl wait --for=condition=complete --timeout=15m -f ${path('k8s')}/shop-release.yaml`,
        `  kubectl apply -f ${path('k8s')}/shop.yaml`,
      ]);
    });
  });

  it('has as many of each as -m says, in every format; an unknown name ends with 2, as in start', async () => {
    const cluster = { ...JSON.parse(CONFIG), processes: { worker: { command: 'exec x' }, mailer: { module: 'm.js', kind: 'job' } } };
    await withFiles(
      {
        'brood.config.json': CONFIG,
        'c/brood.config.json': JSON.stringify({ ...cluster, type: 'web' }),
        'c/app.js': '',
        'c/m.js': '',
        'p/Procfile': 'web: exec x\n',
      },
      ({ directory, path }) => {
        const of = (where: string, ...words: readonly string[]): string => {
          const { status, stdout, stderr } = brood(where, ...words);
          assert.equal(status, 0, stderr);
          return stdout;
        };
        const shop = (...words: readonly string[]): string => of(directory, ...words, '-m', 'all=1,web=3');
        assert.match(shop('compose'), /\n {2}web:\n(?: {4}.*\n)* {6}replicas: 3\n/);
        assert.match(shop('kubernetes'), /replicas: 3\n/);
        assert.equal(shop('systemd', '--processes').match(/^# shop-web\.\d\.service$/gm)?.length, 3);
        assert.match(shop('supervisord'), /\nprocess_name=web\..*\nnumprocs_start=1\nnumprocs=3\n/);
        assert.match(shop('systemd'), /brood\.cjs start -m web=3,worker=1,release=1$/m);
        assert.doesNotMatch(of(directory, 'systemd', '--processes', '-c', 'web=1'), /shop-worker/);
        // A master starts those that it keeps, and is not there where these are none.
        assert.match(of(path('c'), 'compose', '-m', 'web=2,mailer=3,worker=4'), /exec node_modules\/\.bin\/brood start -m web=2,mailer=3 -x worker"\n/);
        assert.doesNotMatch(of(path('c'), 'compose', '-m', 'worker=4'), /bin\/brood/);
        assert.match(of(path('p'), 'systemd', '-m', 'web=9', '--max-instances', '9'), /brood\.cjs start -m web=9 --max-instances 9$/m);
        for (const [words, said] of [
          [['-m', 'wbe=2'], /"wbe".*\n.*Did you mean "web"\?/],
          [['-m', 'web=x'], /web=x/],
          [['-m', 'all=0'], /./],
          [['-m', 'web=1', '-c', 'web=1'], /give one of them/],
        ] as const) {
          const { status, stdout, stderr } = brood(directory, 'compose', ...words);
          assert.deepEqual([status, stdout], [2, ''], words.join(' '));
          assert.match(stderr, said);
        }
      },
    );
  });

  it('names the format that may be meant, and refuses what is no user', async () => {
    await assert.rejects(exportTo(['kubernets'], {}), {
      name: 'UsageError',
      message: 'export knows systemd, supervisord, compose, kubernetes, procfile, not "kubernets"; did you mean "kubernetes"?',
    });
    await assert.rejects(exportTo([], {}), { name: 'UsageError', message: /^export takes a format: systemd, / });
    await assert.rejects(exportTo(['compose', 'a', 'b'], {}), { name: 'UsageError', message: 'one directory at a time' });
    await assert.rejects(exportTo(['supervisord'], { user: 'a b' }), {
      name: 'UsageError',
      message: '--user takes the name or the number of a user, got "a b"',
    });
  });

  it('prints what is one file as it is', async () => {
    await withFiles({ 'brood.config.json': CONFIG }, ({ directory }) => {
      const { stdout, stderr } = brood(directory, 'procfile');
      assert.equal(stdout, 'web: exec node server.js "$PORT"\nworker: exec python3 jobs.py\nrelease: make migrate\n');
      assert.match(stderr, /^note: a Procfile says no numbers: start it with -m web=2,worker=1$/m);
    });
  });
});
