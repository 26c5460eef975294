/** docs/lifecycle.md as it follows from the lifecycle table. */
import { LIFECYCLE } from '../../lib/policy/lifecycle.ts';

export function renderLifecycle(): string {
  const rows = Object.entries(LIFECYCLE).flatMap(([state, events]) =>
    Object.entries(events).map(([event, { to, effects }]) => `| ${state} | ${event} | ${to === state ? '=' : to} | ${effects.join(', ')} |`),
  );
  return [
    '# The life of an instance',
    '',
    'Agent, app worker or command: every instance lives by this table. What is not in it means nothing and changes nothing; `=` stays in the state.',
    'The effects are explained beside the table, in lib/policy/lifecycle.ts.',
    '',
    '<!-- Written by `npm run docs` from lib/policy/lifecycle.ts; a test compares the two. -->',
    '',
    '| state | event | next | effects |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
