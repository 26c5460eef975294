/** Who may do for us what Node.js has no call for: BROOD_NATIVE=tools,koffi by default; `none` for nobody. */

export type Provider = 'tools' | 'koffi';

export function mayUse(provider: Provider): boolean {
  const chosen = process.env['BROOD_NATIVE'];
  return chosen === undefined || chosen === '' || chosen.split(',').includes(provider);
}
