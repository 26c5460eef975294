/** Whether something is written in colours. Pure. */

/** NO_COLOR and FORCE_COLOR as their conventions say (no-color.org, force-color.org); without them what the stream is. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR: none, FORCE_COLOR: forced } = env;
  if (none !== undefined && none !== '') return false;
  if (forced !== undefined && forced !== '') return forced !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
