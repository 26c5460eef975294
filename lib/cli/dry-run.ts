/** `brood reload --dry-run`: what a reload would do. Its exit code is that of a reload that fails before it begins. */
import type { ControlClient, Orders } from '../daemon/control-client.ts';
import { BroodError } from '../errors.ts';
import type { Given } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { hasColour, painter } from './render/colours.ts';
import { previewLines } from './render/preview.ts';
import { say } from './tell.ts';

export async function dryRun(client: ControlClient, order: Orders['reload'], { json }: Given): Promise<number> {
  const preview = await client.preview(order);
  const { stdout } = process;
  stdout.write(json === true ? `${JSON.stringify(preview)}\n` : `${previewLines(preview, painter(hasColour(stdout))).join('\n')}\n`);
  const { refused } = preview;
  if (refused.length > 0) throw new BroodError('BROOD_RELOAD_FIXED', { keys: refused.join(', ') });
  if (json !== true) say('Nothing has been done. To do it: brood reload');
  return EXIT.ok;
}
