/** Histories as data: what is given, what is done when, and every line of what follows. */
import type { ProcessSpec } from '../../lib/model.ts';
import type { Behaviour } from './fake-world.ts';

export type Deed =
  /** `type: [quantity, generation, milliseconds that a canary has to live, how many old ones are wanted meanwhile]`. */
  | {
      readonly want: Readonly<Record<string, readonly [quantity: number, generation: number, canary?: number, old?: number]>>;
      readonly with?: Partial<ProcessSpec>;
      readonly renewAt?: number;
    }
  | { readonly crash: number; readonly code?: number }
  /** Somebody else does. */
  | { readonly killed: number }
  | { readonly leave: number; readonly reason: string }
  /** It asks to be replaced. */
  | { readonly wish: number }
  | { readonly renew: readonly number[] }
  /** It takes so many bytes. */
  | { readonly observe: number; readonly rss: number }
  | { readonly says: number; readonly what: 'booted' | 'ready' }
  | { readonly hurry: true };

export interface History {
  /** A sentence. */
  readonly name: string;
  readonly given: {
    readonly types: Readonly<Record<string, Partial<ProcessSpec>>>;
    /** By `type#generation`, in the order of the starts; the last one repeats. Without: boots in 50 ms, ends when asked. */
    readonly behave?: Readonly<Record<string, readonly Behaviour[]>>;
    readonly hangTimeout?: number;
  };
  readonly when: readonly (readonly [at: number, deed: Deed])[];
  readonly until: number;
  /** One line a moment: `time: type.slot#generation:id what, …`. */
  readonly expect: readonly string[];
}

export const HISTORIES: readonly History[] = [
  {
    name: 'a start goes in order: web waits until the agent has been ready, and boots at most so many at a time',
    given: { types: { agent: {}, web: { after: ['agent'], booting: 2 } } },
    when: [[0, { want: { agent: [1, 1], web: [3, 1] } }]],
    until: 1000,
    expect: [
      '0: agent.1#1:1 starting',
      '50: agent.1#1:1 ready, web.1#1:2 starting, web.2#1:3 starting',
      '100: web.1#1:2 ready, web.3#1:4 starting, web.2#1:3 ready',
      '150: web.3#1:4 ready',
    ],
  },
  {
    name: 'with fewer wanted what has done its work makes room before what runs, and what crashes then comes back',
    given: { types: { job: { restart: { when: 'on-failure', intensity: 3, period: 60_000, backoff: 100, maxBackoff: 30_000 } } } },
    when: [
      [0, { want: { job: [4, 1] } }],
      [1000, { crash: 2, code: 0 }],
      [1000, { crash: 4, code: 0 }],
      [2000, { want: { job: [3, 1] } }],
      [3000, { want: { job: [2, 1] } }],
      [4000, { crash: 1, code: 1 }],
      [5000, { want: { job: [1, 1] } }],
      [6000, { want: { job: [2, 1] } }],
    ],
    until: 7000,
    expect: [
      '0: job.1#1:1 starting, job.2#1:2 starting, job.3#1:3 starting, job.4#1:4 starting',
      '50: job.1#1:1 ready, job.2#1:2 ready, job.3#1:3 ready, job.4#1:4 ready',
      '1000: job.2#1:2 died: exit, job.2#1:2 gone, job.4#1:4 died: exit, job.4#1:4 gone',
      '4000: job.1#1:1 died: exit, job.1#1:1 gone, job.1#1:5 starting',
      '4050: job.1#1:5 ready',
      '5000: :3 asked, job.3#1:3 draining, job.3#1:3 died: scale, job.3#1:3 gone',
      '6000: job.2#1:6 starting',
      '6050: job.2#1:6 ready',
    ],
  },
  {
    name: 'a stop goes against the order: the agent is asked when the last web has ended',
    given: {
      types: { agent: {}, web: { after: ['agent'] } },
      behave: {
        'web#1': [
          { boots: 50, drains: 300 },
          { boots: 50, drains: 700 },
        ],
      },
    },
    when: [
      [0, { want: { agent: [1, 1], web: [2, 1] } }],
      [1000, { want: { agent: [0, 1], web: [0, 1] } }],
    ],
    until: 5000,
    expect: [
      '0: agent.1#1:1 starting',
      '50: agent.1#1:1 ready, web.1#1:2 starting, web.2#1:3 starting',
      '100: web.1#1:2 ready, web.2#1:3 ready',
      '1000: :3 asked, web.2#1:3 draining, :2 asked, web.1#1:2 draining',
      '1300: web.1#1:2 died: stop, web.1#1:2 gone',
      '1700: web.2#1:3 died: stop, web.2#1:3 gone, :1 asked, agent.1#1:1 draining, agent.1#1:1 died: stop, agent.1#1:1 gone',
    ],
  },
  {
    name: 'others hear that an instance drains a while before it is asked, where its spec says so; its time runs from the first',
    given: {
      types: { web: { stop: { drainTimeout: 300, killTimeout: 100, notice: 50 } } },
      behave: {
        'web#1': [
          { boots: 50, drains: 100 },
          { boots: 50, drains: 10_000 },
        ],
      },
    },
    when: [
      [0, { want: { web: [2, 1] } }],
      [1000, { want: { web: [0, 1] } }],
    ],
    until: 5000,
    expect: [
      '0: web.1#1:1 starting, web.2#1:2 starting',
      '50: web.1#1:1 ready, web.2#1:2 ready',
      '1000: web.2#1:2 draining, web.1#1:1 draining',
      '1050: :2 asked, :1 asked',
      '1150: web.1#1:1 died: stop, web.1#1:1 gone',
      '1400: :2 killed, web.2#1:2 died: stop, web.2#1:2 gone',
    ],
  },
  {
    name: 'a rolling change starts one more, and stops an old one when its successor is ready; the slot stays',
    given: { types: { web: {} }, behave: { 'web#1': [{ boots: 50, drains: 200 }] } },
    when: [
      [0, { want: { web: [2, 1] } }],
      [1000, { want: { web: [2, 2] } }],
    ],
    until: 3000,
    expect: [
      '0: web.1#1:1 starting, web.2#1:2 starting',
      '50: web.1#1:1 ready, web.2#1:2 ready',
      '1000: web.1#2:3 starting',
      '1050: web.1#2:3 ready, :1 asked, web.1#1:1 draining, web.2#2:4 starting',
      '1100: web.2#2:4 ready, :2 asked, web.2#1:2 draining',
      '1250: web.1#1:1 died: reload, web.1#1:1 gone',
      '1300: web.2#1:2 died: reload, web.2#1:2 gone',
    ],
  },
  {
    name: 'a crash after steady service is replaced at once, in the same slot',
    given: { types: { web: {} } },
    when: [
      [0, { want: { web: [2, 1] } }],
      [5000, { crash: 1 }],
    ],
    until: 6000,
    expect: [
      '0: web.1#1:1 starting, web.2#1:2 starting',
      '50: web.1#1:1 ready, web.2#1:2 ready',
      '5000: web.1#1:1 died: exit, web.1#1:1 gone, web.1#1:3 starting',
      '5050: web.1#1:3 ready',
    ],
  },
  {
    name: 'one that leaves is replaced in the same tick, while it drains',
    given: { types: { web: {} }, behave: { 'web#1': [{ boots: 50, drains: 1500 }] } },
    when: [
      [0, { want: { web: [1, 1] } }],
      [5000, { leave: 1, reason: 'max-requests' }],
    ],
    until: 8000,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '5000: web.1#1:1 draining, web.1#1:2 starting',
      '5050: web.1#1:2 ready',
      '6500: web.1#1:1 died: max-requests, web.1#1:1 gone',
    ],
  },
  {
    name: 'a spare takes the slot of the fallen in the same tick, and a new spare is started when it serves',
    given: { types: { web: { spare: 1 } }, behave: { 'web#1': [{ boots: 400 }, { boots: 400 }, { boots: 20 }] } },
    when: [
      [0, { want: { web: [1, 1] } }],
      [5000, { crash: 1 }],
    ],
    until: 6000,
    expect: [
      '0: web.1#1:1 starting',
      '400: web.1#1:1 ready, web.0#1:2 starting',
      '800: web.0#1:2 spare',
      '5000: web.1#1:1 died: exit, web.1#1:1 gone, web.1#1:2 starting',
      '5400: web.1#1:2 ready, web.0#1:3 starting',
      '5420: web.0#1:3 spare',
    ],
  },
  {
    name: 'one that ignores the word to go is killed after drainTimeout + killTimeout, and again as long as it stays',
    given: { types: { web: { stop: { drainTimeout: 2000, killTimeout: 500 } } }, behave: { 'web#1': [{ boots: 50, drains: 'never', diesAfter: 2500 }] } },
    when: [
      [0, { want: { web: [1, 1] } }],
      [1000, { want: { web: [0, 1] } }],
    ],
    until: 9000,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '1000: :1 asked, web.1#1:1 draining',
      '3500: :1 killed',
      '4500: :1 killed',
      '5500: :1 killed',
      '6000: web.1#1:1 died: stop, web.1#1:1 gone',
    ],
  },
  {
    name: 'one that is never ready fails at startTimeout, and the generation is given up after intensity + 1 of them',
    given: { types: { web: { startTimeout: 1000 } }, behave: { 'web#1': [{ boots: 'never' }] } },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 33000,
    expect: [
      '0: web.1#1:1 starting',
      '1000: :1 killed, web.1#1:1 draining, web.1#1:2 starting, web.1#1:1 died: start-timeout, web.1#1:1 gone',
      '2000: :2 killed, web.1#1:2 draining, web.1#1:2 died: start-timeout, web.1#1:2 gone',
      '2100: web.1#1:3 starting',
      '3100: :3 killed, web.1#1:3 draining, web.1#1:3 died: start-timeout, web.1#1:3 gone',
      '3300: web.1#1:4 starting',
      '4300: :4 killed, web.1#1:4 draining, web.1#1:4 died: start-timeout, web#1 given up after 4, web#1 in a crash loop (boots): start-timeout, web.1#1:4 gone',
    ],
  },
  {
    name: 'failed boots are spaced by the backoff; a success takes back that the generation was given up',
    given: {
      types: { web: {} },
      behave: { 'web#1': [{ failsAfter: 10 }, { failsAfter: 10 }, { spawnError: 'soon' }, { spawnError: 'at-once' }, { boots: 50 }] },
    },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 33000,
    expect: [
      '0: web.1#1:1 starting',
      '10: web.1#1:1 died: exit, web.1#1:1 gone, web.1#1:2 starting',
      '20: web.1#1:2 died: exit, web.1#1:2 gone',
      '120: web.1#1:3 starting, web.1#1:3 died: spawn-error, web.1#1:3 gone',
      '320: web.1#1:4 starting, web.1#1:4 died: spawn-error, web#1 given up after 4, web#1 in a crash loop (boots): spawn-error, web.1#1:4 gone',
      '30320: web.1#1:5 starting',
      '30370: web.1#1:5 ready',
      '31370: web#1 out of its loop',
    ],
  },
  {
    name: 'of those that drain after crashes the oldest is cut when there are more than wanted',
    given: { types: { web: {} }, behave: { 'web#1': [{ boots: 50, drains: 'never' }] } },
    when: [
      [0, { want: { web: [1, 1] } }],
      [2000, { leave: 1, reason: 'uncaughtException' }],
      [4000, { leave: 2, reason: 'uncaughtException' }],
    ],
    until: 4100,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '2000: web.1#1:1 draining, web.1#1:2 starting',
      '2050: web.1#1:2 ready',
      '4000: web.1#1:2 draining, web.1#1:3 starting, :1 killed, web.1#1:1 died: cut, web.1#1:1 gone',
      '4050: web.1#1:3 ready',
    ],
  },
  {
    name: 'at the end nobody is cut: what drains after a crash is waited for',
    given: { types: { web: {} }, behave: { 'web#1': [{ boots: 50, drains: 1000 }] } },
    when: [
      [0, { want: { web: [2, 1] } }],
      [5000, { leave: 1, reason: 'uncaughtException' }],
      [5010, { leave: 2, reason: 'uncaughtException' }],
      [5020, { want: { web: [0, 1] } }],
    ],
    until: 8000,
    expect: [
      '0: web.1#1:1 starting, web.2#1:2 starting',
      '50: web.1#1:1 ready, web.2#1:2 ready',
      '5000: web.1#1:1 draining, web.1#1:3 starting',
      '5010: web.2#1:2 draining, web.2#1:4 starting',
      '5020: :4 asked, web.2#1:4 draining, :3 asked, web.1#1:3 draining',
      '5520: :4 killed, :3 killed, web.2#1:4 died: stop, web.2#1:4 gone, web.1#1:3 died: stop, web.1#1:3 gone',
      '6000: web.1#1:1 died: uncaughtException, web.1#1:1 gone',
      '6010: web.2#1:2 died: uncaughtException, web.2#1:2 gone',
    ],
  },
  {
    name: 'one that hangs is suspected after one beat, killed after three, and replaced',
    given: { types: { web: {} }, behave: { 'web#1': [{ boots: 50, hangsAfter: 1000 }, { boots: 50 }] }, hangTimeout: 400 },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 3000,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '1150: web.1#1:1 is suspect',
      '1350: :1 killed, web.1#1:1 draining, web.1#1:2 starting, web.1#1:1 died: hang, web.1#1:1 gone',
      '1400: web.1#1:2 ready',
    ],
  },
  {
    name: 'in a hurry everyone is told to end now, and killed a second later',
    given: {
      types: { web: {} },
      behave: {
        'web#1': [
          { boots: 50, drains: 1500 },
          { boots: 50, drains: 'never' },
        ],
      },
    },
    when: [
      [0, { want: { web: [2, 1] } }],
      [1000, { want: { web: [0, 1] } }],
      [1200, { hurry: true }],
    ],
    until: 4000,
    expect: [
      '0: web.1#1:1 starting, web.2#1:2 starting',
      '50: web.1#1:1 ready, web.2#1:2 ready',
      '1000: :2 asked, web.2#1:2 draining, :1 asked, web.1#1:1 draining',
      '1200: :1 asked to be quick, :2 asked to be quick, web.1#1:1 died: stop, web.1#1:1 gone',
      '2200: :2 killed, web.2#1:2 died: stop, web.2#1:2 gone',
    ],
  },
  {
    name: 'more hurry does not put the kill off',
    given: { types: { web: {} }, behave: { 'web#1': [{ boots: 50, drains: 'never' }] } },
    when: [
      [0, { want: { web: [1, 1] } }],
      [1000, { want: { web: [0, 1] } }],
      [1200, { hurry: true }],
      [2100, { hurry: true }],
    ],
    until: 4000,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '1000: :1 asked, web.1#1:1 draining',
      '1200: :1 asked to be quick',
      '2100: :1 asked to be quick',
      '2200: :1 killed, web.1#1:1 died: stop, web.1#1:1 gone',
    ],
  },
  {
    name: 'what is no longer named is stopped',
    given: { types: { web: {}, job: {} } },
    when: [
      [0, { want: { web: [1, 1], job: [1, 1] } }],
      [1000, { want: { web: [1, 1] } }],
    ],
    until: 2000,
    expect: [
      '0: web.1#1:1 starting, job.1#1:2 starting',
      '50: web.1#1:1 ready, job.1#1:2 ready',
      '1000: :2 asked, job.1#1:2 draining, job.1#1:2 died: stop, job.1#1:2 gone',
    ],
  },
  {
    name: 'the planned end of an instance of a generation that was given up is no failure of it',
    given: { types: { web: {} }, behave: { 'web#1': [{ boots: 50 }, { failsAfter: 10 }] } },
    when: [
      [0, { want: { web: [1, 1] } }],
      [2000, { want: { web: [2, 1] } }],
      [4000, { want: { web: [0, 1] } }],
    ],
    until: 5000,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '2000: web.2#1:2 starting',
      '2010: web.2#1:2 died: exit, web.2#1:2 gone, web.2#1:3 starting',
      '2020: web.2#1:3 died: exit, web.2#1:3 gone',
      '2120: web.2#1:4 starting',
      '2130: web.2#1:4 died: exit, web.2#1:4 gone',
      '2330: web.2#1:5 starting',
      '2340: web.2#1:5 died: exit, web#1 given up after 4, web#1 in a crash loop (boots): exit, web.2#1:5 gone',
      '4000: :1 asked, web.1#1:1 draining, web#1 not wanted in its loop, web.1#1:1 died: stop, web.1#1:1 gone',
    ],
  },
  {
    name: 'one that parks without being told, or serves while it is parked, breaks the protocol and stays what it is',
    given: { types: { web: { spare: 1, startTimeout: 1000 } }, behave: { 'web#1': [{ boots: 50 }, { boots: 'never' }, { boots: 50 }] } },
    when: [
      [0, { want: { web: [1, 1] } }],
      [20, { says: 1, what: 'booted' }],
      [500, { says: 2, what: 'ready' }],
    ],
    until: 1200,
    expect: [
      '0: web.1#1:1 starting',
      '20: web.1#1:1 violation: parked without being told to',
      '50: web.1#1:1 ready, web.0#1:2 starting',
      '500: web.0#1:2 violation: ready while it was to be parked',
      '1050: :2 killed, web.0#1:2 draining, web.0#1:3 starting, web.0#1:2 died: start-timeout, web.0#1:2 gone',
      '1100: web.0#1:3 spare',
    ],
  },
];
