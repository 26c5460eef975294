/** A disk that is full under the output, and has room again; it needs the right to mount one. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogHub } from '../../../lib/formation/log/hub.ts';
import { readHead } from '../../../lib/policy/log-line.ts';
import { withFiles } from '../../helpers/files.ts';
import { until } from '../../helpers/until.ts';
import { startLine } from './hubs.ts';

const KIB = 1024;

const mountSmall = (directory: string): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${6 * 1024}k`, 'tmpfs', directory], { stdio: 'ignore' });
};

/** Whether a file system can be mounted here, which root of a container may not. */
function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'brood-mount-'));
  try {
    mountSmall(directory);
    execFileSync('umount', [directory]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(directory);
  }
}
const whereMounted = canMount() ? it : (): void => {};

describe('a full disk under the output', () => {
  whereMounted('holds up no instance; what is lost is counted and told once, whole lines follow when it has room', async () => {
    await withFiles({}, async ({ path }) => {
      mkdirSync(path('disk'));
      mountSmall(path('disk'));
      try {
        writeFileSync(path('disk/ballast'), Buffer.alloc(5.5 * 1024 * KIB));
        const reported: string[] = [];
        const hub = new LogHub({ dir: path('disk/logs'), maxSize: 0, retry: 20, report: text => reported.push(text) });
        const lines = 200_000;
        await startLine(hub, `seq 1 ${lines}`).ended;
        await until(() => (hub.counts().get('web')?.lost ?? 0) > 0);
        assert.equal(reported.length, 1);
        assert.match(reported[0] ?? '', /web\.log cannot be written because the disk is full \(ENOSPC\)/);
        rmSync(path('disk/ballast'));
        await until(() => reported.length === 2);
        await startLine(hub, 'echo after').ended;
        await hub.close();
        const rows = readFileSync(path('disk/logs/web.log'), 'latin1').trimEnd().split('\n');
        const heads = rows.map(row => readHead(row, 0));
        assert.ok(
          heads.every(head => head !== undefined),
          'a row is torn',
        );
        const texts = rows.map((row, index) => row.slice(heads[index]?.end));
        assert.equal(texts.at(-1), 'after');
        const told = /^warning: (\d+) lines were lost between \S+ and \S+ because the disk is full \(ENOSPC\)$/.exec(texts.at(-2) ?? '');
        assert.equal(texts.length - 2 + Number(told?.[1]), lines);
        assert.deepEqual(
          texts.slice(0, 100),
          Array.from({ length: 100 }, (_, index) => `${index + 1}`),
        );
      } finally {
        execFileSync('umount', ['-l', path('disk')]);
      }
    });
  });
});
