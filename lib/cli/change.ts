/** Commands that change what runs: each waits until the new state is true, and says what it has done. */
import type { Changed } from '../daemon/api.ts';
import type { ControlClient, Orders } from '../daemon/control-client.ts';
import { ROUTER } from '../formation/router-spec.ts';
import type { Given } from './command.ts';
import { clientOf, timeoutOf } from './client.ts';
import { withProgress } from './progress.ts';
import { took } from './render/units.ts';
import { say, UsageError } from './tell.ts';

/** `web=4 worker=1`, in a form that `brood scale` takes. */
const formationText = (formation: Changed['formation']): string =>
  Object.entries(formation)
    .filter(([type, count]) => type !== 'agent' && (type !== ROUTER || count > 1))
    .map(([type, count]) => `${type}=${count}`)
    .join(' ');

function finish(done: Changed, text: string, { json }: Given): number {
  if (json === true) process.stdout.write(`${JSON.stringify(done)}\n`);
  else say(`${text} in ${took(done.took)}   ${formationText(done.formation)}`);
  return 0;
}

/** Orders, and waits; with --no-wait the order is only handed over. */
async function order<What extends keyof Orders>(client: ControlClient, what: What, body: Orders[What], { wait, json }: Given): Promise<Changed | undefined> {
  if (wait !== false) return json === true ? client.order(what, body) : withProgress(client, { keep: true }, () => client.order(what, body));
  await client.begin(what, body);
  say(`${what} has begun; watch it: brood ps -w`);
  return undefined;
}

/** `brood reload` */
export async function reload(words: readonly string[], given: Given): Promise<number> {
  const client = await clientOf(given);
  const { canaryTime, updateEnv } = given;
  const body: Orders['reload'] = {
    only: words.length > 0 ? words : undefined,
    canaryTime: typeof canaryTime === 'number' ? canaryTime : undefined,
    environment: updateEnv === true ? ownEnvironment() : undefined,
    timeout: timeoutOf(given),
  };
  if (given['dryRun'] === true) return (await import('./dry-run.ts')).dryRun(client, body, given);
  const done = await order(client, 'reload', body, given);
  if (done === undefined) return 0;
  if (given['json'] !== true) for (const { key, change } of done.changes ?? []) say(`${{ added: '+', removed: '-', changed: '~' }[change]} ${key} ${change}`);
  for (const warning of done.warnings ?? []) say(`warning: ${warning}`);
  return finish(done, 'Reloaded', given);
}

/** `brood scale [web=4 …]`: without words it prints the formation, in a form that it takes. */
export async function scale(words: readonly string[], given: Given): Promise<number> {
  const client = await clientOf(given);
  const reset = given['reset'] === true;
  if (words.length === 0 && !reset) {
    const { types } = await client.status();
    const formation = Object.fromEntries(types.map(({ type, wanted }) => [type, wanted]));
    process.stdout.write(given['json'] === true ? `${JSON.stringify({ apiVersion: 1, kind: 'Formation', formation })}\n` : `${formationText(formation)}\n`);
    return 0;
  }
  const done = await order(client, 'scale', { formation: words, save: given['save'] === true, reset, timeout: timeoutOf(given) }, given);
  if (done === undefined) return 0;
  if (done.saved !== undefined) say(`written to ${done.saved}`);
  return finish(done, 'Scaled', given);
}

/** `brood restart TARGET…` */
export async function restart(words: readonly string[], given: Given): Promise<number> {
  const client = await clientOf(given);
  const done = await order(client, 'restart', { targets: words.length > 0 ? words : undefined, timeout: timeoutOf(given) }, given);
  return done === undefined ? 0 : finish(done, 'Restarted', given);
}

/** `brood reopen` */
export async function reopen(words: readonly string[], given: Given): Promise<number> {
  if (words.length > 0) throw new UsageError('reopen takes no words');
  return finish(await (await clientOf(given)).order('reopen', {}), 'Log files reopened', given);
}

/** The environment of this shell, without what belongs to the shell and to us. */
function ownEnvironment(): Readonly<Record<string, string>> {
  const own = /^(?:_|SHLVL|OLDPWD|PWD|BROOD_.*|NODE_CHANNEL_FD|NODE_UNIQUE_ID)$/;
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !own.test(entry[0])));
}
