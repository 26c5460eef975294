/** The signals that are sent by hand, as completion offers them. */
export const SENT_BY_HAND: readonly (readonly [name: string, about: string])[] = [
  ['HUP', 'read the configuration again'],
  ['USR1', 'what the program makes of it'],
  ['USR2', 'what the program makes of it'],
  ['INT', 'as Ctrl-C'],
  ['QUIT', 'end, often with a dump'],
  ['TERM', 'end'],
  ['KILL', 'end at once'],
  ['WINCH', 'what the program makes of it'],
  ['TTIN', 'one worker more, of gunicorn and the like'],
  ['TTOU', 'one worker less, of gunicorn and the like'],
  ['STOP', 'stand still'],
  ['CONT', 'go on'],
];
