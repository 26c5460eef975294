/** Histories of instances that are probed. */
import type { Probe, ProbeName } from '../../lib/care.ts';
import type { History } from './histories.ts';

const probe = (over: Partial<Probe> = {}): Probe => ({
  check: { kind: 'message' },
  initialDelay: 0,
  period: 1000,
  timeout: 200,
  successThreshold: 1,
  failureThreshold: 3,
  ...over,
});
/** Looked at from outside; the fake world takes the host for the name of the probe. */
const outside = (name: ProbeName): Probe['check'] => ({ kind: 'http', path: '/', host: name, scheme: 'HTTP', headers: [] });

export const PROBES: readonly History[] = [
  {
    name: 'one that says that it is ready is so when its readiness probe has succeeded; that is asked each second until then',
    given: {
      types: { web: { probes: { readiness: probe({ period: 10_000 }) } } },
      behave: { 'web#1': [{ boots: 50, fails: [{ probe: 'readiness', from: 0, to: 1500 }] }] },
    },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 9000,
    expect: ['0: web.1#1:1 starting', '2051: web.1#1:1 ready'],
  },
  {
    name: 'one that is never well in its boot fails at startTimeout',
    given: {
      types: { web: { startTimeout: 2000, probes: { readiness: probe() } } },
      behave: { 'web#1': [{ boots: 50, fails: [{ probe: 'readiness', from: 0 }] }, { boots: 50 }] },
    },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 4000,
    expect: [
      '0: web.1#1:1 starting',
      '2000: :1 killed, web.1#1:1 draining, web.1#1:2 starting, web.1#1:1 died: start-timeout, web.1#1:1 gone',
      '2051: web.1#1:2 ready',
    ],
  },
  {
    name: 'one that cannot serve lives on, and nobody is started in its place; after a success it serves again',
    given: {
      types: { web: { probes: { readiness: probe({ failureThreshold: 2, successThreshold: 2 }) } } },
      behave: { 'web#1': [{ boots: 50, fails: [{ probe: 'readiness', from: 2000, to: 5000 }] }] },
    },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 20_000,
    expect: ['0: web.1#1:1 starting', '1051: web.1#1:1 ready', '3051: web.1#1:1 cannot serve: not well', '6051: web.1#1:1 can serve again: well'],
  },
  {
    name: 'one whose liveness probe fails three times in a row is killed and replaced; less is nothing',
    given: {
      types: { web: { probes: { liveness: probe({ initialDelay: 500 }) } } },
      behave: {
        'web#1': [
          {
            boots: 50,
            fails: [
              { probe: 'liveness', from: 1000, to: 2700 },
              { probe: 'liveness', from: 5000 },
            ],
          },
          { boots: 50 },
        ],
      },
    },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 10_000,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '7501: :1 killed, web.1#1:1 draining, web.1#1:2 starting, web.1#1:1 died: liveness, web.1#1:1 gone',
      '7551: web.1#1:2 ready',
    ],
  },
  {
    name: 'one that does not answer has failed after the timeout, and is asked again in its time',
    given: {
      types: { web: { probes: { liveness: probe({ failureThreshold: 2 }) } } },
      behave: { 'web#1': [{ boots: 50, fails: [{ probe: 'liveness', from: 1500, how: 'silent' }] }, { boots: 50 }] },
    },
    when: [[0, { want: { web: [1, 1] } }]],
    until: 5000,
    expect: [
      '0: web.1#1:1 starting',
      '50: web.1#1:1 ready',
      '3250: :1 killed, web.1#1:1 draining, web.1#1:2 starting, web.1#1:1 died: liveness, web.1#1:1 gone',
      '3300: web.1#1:2 ready',
    ],
  },
  {
    name: 'a command is probed from its start; until its startup probe has succeeded the others wait, and it fails for good',
    given: {
      types: {
        job: {
          ready: 'spawn',
          start: { kind: 'command', line: 'true' },
          probes: {
            startup: probe({ check: outside('startup'), failureThreshold: 5, period: 300 }),
            liveness: probe({ check: outside('liveness'), failureThreshold: 1 }),
          },
        },
      },
      behave: {
        'job#1': [
          {
            fails: [
              { probe: 'startup', from: 0 },
              { probe: 'liveness', from: 0 },
            ],
          },
          {
            fails: [
              { probe: 'startup', from: 0, to: 1000 },
              { probe: 'liveness', from: 0, to: 1000 },
            ],
          },
        ],
      },
    },
    when: [[0, { want: { job: [1, 1] } }]],
    until: 6000,
    expect: [
      '0: job.1#1:1 starting',
      '1201: :1 killed, job.1#1:1 draining, job.1#1:2 starting, job.1#1:1 died: startup, job.1#1:1 gone',
      '2402: job.1#1:2 ready',
    ],
  },
  {
    name: 'in a rolling change an old one goes only for a new one that can serve; one that cannot goes first',
    given: {
      types: { web: { probes: { readiness: probe({ failureThreshold: 1, period: 500 }) } } },
      behave: {
        'web#1': [{ boots: 50 }, { boots: 50, fails: [{ probe: 'readiness', from: 900 }] }, { boots: 50 }],
        'web#2': [{ boots: 50, fails: [{ probe: 'readiness', from: 800, to: 2000 }] }, { boots: 50 }],
      },
    },
    when: [
      [0, { want: { web: [3, 1] } }],
      [2000, { want: { web: [3, 2] } }],
    ],
    until: 6000,
    expect: [
      '0: web.1#1:1 starting, web.2#1:2 starting, web.3#1:3 starting',
      '51: web.1#1:1 ready, web.2#1:2 ready, web.3#1:3 ready',
      '1051: web.2#1:2 cannot serve: not well',
      '2000: web.1#2:4 starting',
      '2051: web.1#2:4 ready, :2 asked, web.2#1:2 draining, web.2#2:5 starting, web.2#1:2 died: reload, web.2#1:2 gone',
      '2102: web.2#2:5 ready, :1 asked, web.1#1:1 draining, web.3#2:6 starting, web.1#1:1 died: reload, web.1#1:1 gone',
      '2153: web.3#2:6 ready, :3 asked, web.3#1:3 draining, web.3#1:3 died: reload, web.3#1:3 gone',
      '3051: web.1#2:4 cannot serve: not well',
      '4051: web.1#2:4 can serve again: well',
    ],
  },
  {
    name: 'a canary that cannot serve any more is none: it is told to go, and its generation is given up',
    given: {
      types: { web: { probes: { readiness: probe({ failureThreshold: 2, period: 300 }) } } },
      behave: { 'web#2': [{ boots: 50, fails: [{ probe: 'readiness', from: 1000 }] }] },
    },
    when: [
      [0, { want: { web: [1, 1] } }],
      [2000, { want: { web: [1, 2, 3000] } }],
      [4000, { want: { web: [1, 1] } }],
    ],
    until: 6000,
    expect: [
      '0: web.1#1:1 starting',
      '51: web.1#1:1 ready',
      '2000: web.1#2:2 starting',
      '2051: web.1#2:2 ready, web.1#2:2 is the canary until 5051',
      '3551: :2 asked, web.1#2:2 draining, web.1#2:2 died: readiness, web#2 given up after 1, web.1#2:2 gone',
    ],
  },
  {
    name: 'one that cannot serve is replaced when it is asked for, by one that can',
    given: {
      types: { web: { probes: { readiness: probe({ failureThreshold: 1, period: 400 }) } } },
      behave: {
        'web#1': [
          { boots: 50, fails: [{ probe: 'readiness', from: 500, to: 2500 }] },
          { boots: 50, fails: [{ probe: 'readiness', from: 0, to: 900 }] },
        ],
      },
    },
    when: [
      [0, { want: { web: [1, 1] } }],
      [1000, { renew: [1] }],
    ],
    until: 6000,
    expect: [
      '0: web.1#1:1 starting',
      '51: web.1#1:1 ready',
      '851: web.1#1:1 cannot serve: not well',
      '1000: web.1#1:1 to be replaced by :2 (restart), web.1#1:2 starting',
      '2251: web.1#1:2 ready, :1 asked, web.1#1:1 draining, web.1#1:1 died: restart, web.1#1:1 gone',
    ],
  },
  {
    name: 'a parked spare is asked nothing before it serves',
    given: {
      types: { web: { spare: 1, probes: { readiness: probe() } } },
      behave: { 'web#1': [{ boots: 50 }, { boots: 50, fails: [{ probe: 'readiness', from: 0, to: 3000 }] }, { boots: 50 }] },
    },
    when: [
      [0, { want: { web: [1, 1] } }],
      [2000, { crash: 1 }],
    ],
    until: 6000,
    expect: [
      '0: web.1#1:1 starting',
      '51: web.1#1:1 ready, web.0#1:2 starting',
      '101: web.0#1:2 spare',
      '2000: web.1#1:1 died: exit, web.1#1:1 gone, web.1#1:2 starting',
      '4051: web.1#1:2 ready, web.0#1:3 starting',
      '4101: web.0#1:3 spare',
    ],
  },
];
