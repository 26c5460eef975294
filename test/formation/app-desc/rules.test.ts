/** app_desc.yaml: each rule of the platform, with the place of what breaks it. */
import assert from 'node:assert/strict';
import { placesOf, remarksOf } from './reading.ts';

/** Version 2 with one module, whose keys these are. */
const v2 = (...lines: readonly string[]): string => ['spec_version: 2', 'module:', '  language: Go', ...lines.map(line => `  ${line}`)].join('\n');
const web = (...keys: readonly string[]): string => v2('processes:', `  web: {command: x, ${keys.join(', ')}}`);
/** Version 3 with one module; its processes begin in line 5. */
const v3 = (processes: readonly string[], ...spec: readonly string[]): string =>
  [
    'specVersion: 3',
    'module:',
    '  language: Go',
    '  spec:',
    ...(processes.length === 0 ? [] : ['    processes:']),
    ...processes.map(one => `      - ${one}`),
    ...spec.map(line => `    ${line}`),
  ].join('\n');
const proc = (...keys: readonly string[]): string => v3([`{name: web, procCommand: x, ${keys.join(', ')}}`]);
const several = (...modules: readonly string[]): string => ['spec_version: 2', 'modules:', ...modules.map(one => `  ${one}`)].join('\n');
const many = (count: number, one: (index: number) => string): readonly string[] => Array.from({ length: count }, (_, index) => one(index));

interface Case {
  readonly what: string;
  readonly text: string;
  /** `rule line:column` of each error. */
  readonly errors: readonly string[];
  readonly warnings?: readonly string[];
}
const ok = (what: string, text: string): Case => ({ what, text, errors: [] });
const bad = (what: string, text: string, ...errors: readonly string[]): Case => ({ what, text, errors });

const CASES: readonly Case[] = [
  // The version.
  bad('no version', 'module: {}', 'unsupported-version 1:1'),
  bad('an empty file', '', 'unsupported-version 1:1'),
  bad('version 1', 'app_code: shop\nprocesses: {}', 'unsupported-version 1:1'),
  bad('an unknown version', 'a: 1\nspec_version: 999', 'unsupported-version 2:15'),
  bad('a version that is a word', 'spec_version: foobar', 'unsupported-version 1:15'),
  bad('a version in quotes', 'specVersion: "3"', 'unsupported-version 1:14'),
  bad('a version that says nothing', 'specVersion:', 'unsupported-version 1:1'),
  bad('a list', '- spec_version: 2', 'wrong-value 1:1'),
  bad('a syntax error', 'spec_version: 2\nmodule: {', 'syntax 2:10'),
  bad('a key that is there twice', 'spec_version: 2\nmodule: {language: Go}\nmodule: {}', 'syntax 3:1'),
  { ...ok('the other spelling of the version', 'specVersion: 2\nmodule: {language: Go}'), warnings: ['version-key 1:1'] },

  // Modules.
  bad('no module', 'spec_version: 2', 'no-module 1:1'),
  bad('no language', 'spec_version: 2\nmodule: {processes: {web: {command: x}}}', 'missing-key 2:1'),
  bad('an unknown language', 'spec_version: 2\nmodule: {language: Rust}', 'wrong-value 2:20'),
  ok('a language in small letters', 'spec_version: 2\nmodule: {language: node.js}'),
  bad('no default module', several('a: {language: Go}', 'b: {language: Go}'), 'default-module 3:3'),
  bad('two default modules', several('a: {language: Go, is_default: true}', 'b: {language: Go, is_default: yes}'), 'default-module 4:3'),
  bad('a module name', several('a_b: {language: Go, is_default: true}'), 'module-name 3:3'),
  bad('a module name that is too long', several(`${'a'.repeat(17)}: {language: Go, is_default: true}`), 'module-name 3:3'),
  bad('a module name of the addresses', several('a-dot-b: {language: Go, is_default: true}'), 'module-name 3:3'),
  bad('11 modules', several(...many(11, index => `m${index}: {language: Go, is_default: ${index === 0}}`)), 'too-many 2:1'),
  bad('a directory above', v2('source_dir: a/../../b'), 'source-dir 4:15'),
  bad('an absolute directory', v2('source_dir: /srv'), 'source-dir 4:15'),
  bad('a directory that is too long', v2(`source_dir: ${'a'.repeat(256)}`), 'wrong-value 4:15'),
  ok('a directory with detours', v2('source_dir: ./a//b/../c/')),

  // Processes.
  bad('no processes in the object of them', v2('processes: {}'), 'wrong-value 4:3'),
  bad('nothing in the place of processes', v2('processes:'), 'wrong-value 4:13'),
  ok('no processes at all', v2()),
  bad('an empty list of processes', v3([], 'processes: []'), 'wrong-value 5:5'),
  bad('a name with _', v2('processes: {redis_queue: {command: x}}'), 'process-name 4:15'),
  bad('a name with capitals', v2('processes: {Web: {command: x}}'), 'process-name 4:15'),
  bad('a name that is too long', v2('processes: {redis-socket1: {command: x}}'), 'process-name 4:15'),
  ok('a name with a - at the end, of 12 characters', v2('processes: {1redis-sock-: {command: x}}')),
  { ...ok('a name of the commands', v2('processes: {all: {command: x}}')), warnings: ['reserved-name 4:15'] },
  bad('17 processes', v2('processes:', ...many(17, index => `  p${index}: {command: x}`)), 'too-many 21:5'),
  ok('16 processes', v2('processes:', ...many(16, index => `  p${index}: {command: x}`))),
  bad('two processes of one name', v3(['{name: web, procCommand: x}', '{name: web, procCommand: y}']), 'duplicate-name 7:16'),
  bad('no command', v2('processes: {web: {replicas: 1}}'), 'missing-key 4:15'),
  bad('an empty command', v2('processes: {web: {command: " "}}'), 'wrong-value 4:30'),
  bad('a command that says nothing', v2('processes: {web: {command: }}'), 'wrong-value 4:30'),
  bad('no command in version 3', v3(['{name: web, command: []}']), 'no-command 6:16'),
  bad('too many replicas', web('replicas: 6'), 'wrong-value 5:33'),
  bad('replicas below none', proc('replicas: -1'), 'wrong-value 6:47'),
  bad('replicas that are a text', web('replicas: "2"'), 'wrong-value 5:33'),
  ok('no replicas', proc('replicas: 0')),
  bad('an unknown plan', web('plan: 4C1G'), 'wrong-value 5:29'),
  bad('a plan of the other version', proc('resQuotaPlan: 4C1G5R'), 'wrong-value 6:51'),
  bad('autoscaling without limits', proc('autoscaling: {}'), 'missing-key 6:37', 'missing-key 6:37'),
  bad('autoscaling from none', proc('autoscaling: {minReplicas: 0, maxReplicas: 1}'), 'wrong-value 6:64'),
  bad('autoscaling the wrong way round', proc('autoscaling: {minReplicas: 3, maxReplicas: 2}'), 'autoscaling 6:64'),
  bad('an unknown policy', proc('autoscaling: {minReplicas: 1, maxReplicas: 2, policy: memory}'), 'wrong-value 6:91'),
  bad('a grace that is none', proc('gracefulShutdownSeconds: 1.5'), 'wrong-value 6:62'),

  // Probes.
  bad('a probe without a way', web('probes: {liveness: {}}'), 'probe-way 5:32'),
  bad('a probe with two ways', web('probes: {liveness: {exec: {command: [a]}, tcp_socket: {port: 1}}}'), 'probe-way 5:65'),
  bad('a command of 13 words', web(`probes: {liveness: {exec: {command: [${many(13, String).join(',')}]}}}`), 'wrong-value 5:50'),
  bad('a word of 49 characters', web(`probes: {liveness: {exec: {command: [${'a'.repeat(49)}]}}}`), 'wrong-value 5:60'),
  bad('a port out of range', web('probes: {liveness: {tcp_socket: {port: 65536}}}'), 'wrong-value 5:62'),
  bad('a port with a name', web('probes: {liveness: {tcp_socket: {port: http}}}'), 'wrong-value 5:62'),
  ok('a port in quotes', web('probes: {liveness: {tcp_socket: {port: "8080"}}}')),
  bad('a path that is too long', web(`probes: {liveness: {http_get: {port: 1, path: /${'a'.repeat(128)}}}}`), 'wrong-value 5:69'),
  bad('no path in version 3', proc('probes: {liveness: {httpGet: {port: 1}}}'), 'missing-key 6:57'),
  bad('a delay of 301 s', web('probes: {readiness: {exec: {command: [a]}, initial_delay_seconds: 301}}'), 'wrong-value 5:89'),
  bad('a timeout of 0', web('probes: {readiness: {exec: {command: [a]}, timeout_seconds: 0}}'), 'wrong-value 5:83'),
  bad('a period of 1 s', web('probes: {readiness: {exec: {command: [a]}, period_seconds: 1}}'), 'wrong-value 5:82'),
  bad('a success threshold of 4', web('probes: {readiness: {exec: {command: [a]}, success_threshold: 4}}'), 'wrong-value 5:85'),
  bad('a failure threshold of 51', web('probes: {readiness: {exec: {command: [a]}, failure_threshold: 51}}'), 'wrong-value 5:85'),
  bad('what lives after two successes', web('probes: {liveness: {exec: {command: [a]}, success_threshold: 2}}'), 'probe-success 5:84'),
  { ...ok('camelCase in version 2', web('probes: {liveness: {exec: {command: [a]}, periodSeconds: 5}}')), warnings: ['unknown-key 5:65'] },

  // Services of processes.
  bad('a service name', proc('services: [{name: A_b, targetPort: 1}]'), 'wrong-value 6:55'),
  bad('a service without target', proc('services: [{name: a}]'), 'missing-key 6:48'),
  bad('a service of another protocol', proc('services: [{name: a, targetPort: 1, protocol: SCTP}]'), 'wrong-value 6:83'),
  bad('two services of one name', proc('services: [{name: a, targetPort: 1}, {name: a, targetPort: 2}]'), 'duplicate-service 6:81'),
  bad('two services of one target', proc('services: [{name: a, targetPort: 1, port: 3}, {name: b, targetPort: 1, port: 4}]'), 'duplicate-service 6:105'),
  bad('two services of one port', proc('services: [{name: a, targetPort: 1, port: 2}, {name: b, targetPort: 2}]'), 'duplicate-service 6:83'),
  bad(
    'two exposed services in a module',
    v3(many(2, index => `{name: p${index}, procCommand: x, services: [{name: a, targetPort: 1, exposedType: {name: bk/http}}]}`)),
    'exposed-twice 7:72',
  ),
  bad('another way to expose', proc('services: [{name: a, targetPort: 1, exposedType: {name: bk/tcp}}]'), 'wrong-value 6:93'),

  // Variables.
  bad('a variable in small letters', v2('env_variables: [{key: foo, value: x}]'), 'wrong-value 4:25'),
  bad('a variable with a reserved prefix', v2('env_variables: [{key: BKPAAS_X, value: x}]'), 'reserved-variable 4:25'),
  bad('a reserved variable', v2('env_variables: [{key: HOME, value: x}]'), 'reserved-variable 4:25'),
  bad('a variable without value', v2('env_variables: [{key: A}]'), 'missing-key 4:19'),
  bad('a value that is true', v2('env_variables: [{key: A, value: true}]'), 'wrong-value 4:35'),
  bad('another environment', v2('env_variables: [{key: A, value: x, environment_name: test}]'), 'wrong-value 4:56'),
  bad('a description that is too long', v2(`env_variables: [{key: A, value: x, description: ${'a'.repeat(201)}}]`), 'wrong-value 4:51'),
  { ...ok('a variable that is there twice', v2('env_variables: [{key: A, value: x}, {key: A, value: y}]')), warnings: ['duplicate-variable 4:45'] },

  // What other parts are named.
  bad(
    'an overlay of no process',
    v3(['{name: web, procCommand: x}'], 'envOverlay: {replicas: [{envName: stag, process: wob, count: 1}]}'),
    'unknown-process 7:54',
  ),
  bad(
    'an overlay of no environment',
    v3(['{name: web, procCommand: x}'], 'envOverlay: {replicas: [{envName: test, process: web, count: 1}]}'),
    'wrong-value 7:39',
  ),
  {
    ...ok(
      'an overlay that is there twice',
      v3(['{name: web, procCommand: x}'], `envOverlay: {replicas: [${many(2, count => `{envName: stag, process: web, count: ${count}}`).join(', ')}]}`),
    ),
    warnings: ['duplicate-overlay 7:95'],
  },
  bad(
    'a metric of no service',
    v3(['{name: web, procCommand: x}'], 'observability: {monitoring: {metrics: [{process: wob, serviceName: a}]}}'),
    'unknown-process 7:54',
  ),
  bad(
    'a metric of no service of its process',
    v3(['{name: web, procCommand: x, services: [{name: a, targetPort: 1}]}'], 'observability: {monitoring: {metrics: [{process: web, serviceName: b}]}}'),
    'unknown-service 7:72',
  ),
  bad('an application that is found twice', v2('svc_discovery: {bk_saas: [a, {bk_app_code: a}]}'), 'duplicate-saas 4:46'),
  bad('a service shared from nowhere', several('a: {language: Go, is_default: true, services: [{name: s, shared_from: b}]}'), 'shared-from 3:73'),
  bad(
    'a service shared from who has none',
    several('a: {language: Go, is_default: true, services: [{name: s, shared_from: b}]}', 'b: {language: Go}'),
    'shared-from 3:73',
  ),
  bad(
    'a service shared from who shares it',
    several(
      'a: {language: Go, is_default: true, services: [{name: s, shared_from: b}]}',
      'b: {language: Go, services: [{name: s, shared_from: c}]}',
      'c: {language: Go, services: [{name: s}]}',
    ),
    'shared-from 3:73',
  ),
  bad('a code of an application', 'spec_version: 2\napp: {bk_app_code: Shop}\nmodule: {language: Go}', 'wrong-value 2:20'),
  { ...ok('an unknown key', v2('procesess: {}')), warnings: ['unknown-key 4:3'] },
  { ...ok('an unknown key at the top', 'spec_version: 2\nmodlues: {}\nmodule: {language: Go}'), warnings: ['unknown-key 2:1'] },
  bad('a wrong type', v2('processes: [web]'), 'wrong-value 4:3'),
  bad('a NUL', v2(String.raw`processes: {web: {command: "a\0b"}}`), 'wrong-value 4:30'),
];

describe('a description with', () => {
  for (const { what, text, errors, warnings = [] } of CASES)
    it(`${what}: ${[...errors, ...warnings].join(', ') || 'is right'}`, () => {
      assert.deepEqual([placesOf(text), placesOf(text, 'warning')], [errors, warnings], JSON.stringify(remarksOf(text), undefined, 1));
      assert.ok(remarksOf(text).every(({ message, remedy }) => message !== '' && remedy !== ''));
    });

  it('more replicas is right where more are allowed', () => {
    assert.deepEqual(placesOf(web('replicas: 9'), 'error', { mostReplicas: 9 }), []);
  });

  it('a misspelt word says what was meant', () => {
    const remedies = (text: string): readonly string[] =>
      remarksOf(text)
        .filter(({ level }) => level !== 'note')
        .map(({ remedy }) => remedy);
    assert.deepEqual(remedies(v2('procesess: {}')), ['Did you mean "processes"?']);
    assert.deepEqual(remedies(v2('env_variables: [{key: A, value: x, environment_name: stage}]')), ['Did you mean "stag"?']);
    assert.deepEqual(remedies(several('api: {language: Go, is_default: true, services: [{name: s, shared_from: apj}]}')), ['Did you mean "api"?']);
  });

  it('all of its mistakes tells them all, in the order of the file', () => {
    const text = v2('source_dir: ..', 'processes:', '  A: {command: x, replicas: -1}', '  b: {}', 'env_variables: [{key: a, value: x}]');
    assert.deepEqual(placesOf(text), ['source-dir 4:15', 'process-name 6:5', 'wrong-value 6:31', 'missing-key 7:5', 'wrong-value 8:25']);
  });

  it('a byte order mark or CRLF has the same places', () => {
    const text = web('replicas: 6');
    assert.deepEqual(placesOf(`\uFEFF${text}`), placesOf(text));
    assert.deepEqual(placesOf(text.replaceAll('\n', '\r\n')), placesOf(text));
    assert.deepEqual(placesOf('\uFEFFspec_version: 4'), ['unsupported-version 1:15']);
  });
});
