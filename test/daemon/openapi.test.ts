/** docs/openapi.json describes the control API as it is: every route of it, and every member of its answers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { routesOf } from '../../lib/daemon/routes.ts';
import { root } from '../helpers/paths.ts';
import { hello, withDaemon } from './running.ts';

type Schema = Record<string, unknown>;
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const read = (): Document => JSON.parse(readFileSync(path.join(root, 'docs', 'openapi.json'), 'utf8')) as Document;

/** What a schema does not name is not allowed, so that nothing goes undescribed. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  return 'properties' in entries && !('additionalProperties' in entries) ? { ...entries, additionalProperties: false } : entries;
}

function validators(): (name: string, answer: unknown) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ajv.addSchema({ $id: 'api', ...(closed(read()) as Schema) });
  return (name, answer) => {
    const validate = ajv.getSchema(`api#/components/schemas/${name}`);
    assert.ok(validate, name);
    assert.ok(validate(answer), `${name}: ${JSON.stringify(validate.errors, null, 1)}\n${JSON.stringify(answer, null, 1)}`);
  };
}

describe('docs/openapi.json', () => {
  it('is a valid OpenAPI document', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(read()) as never);
    assert.ok(valid, JSON.stringify(errors));
  });

  it('has every route of the control API, and no other', () => {
    const nothing = (): never => assert.fail('nothing is called');
    const backstage = new Proxy({}, { get: () => nothing }) as Parameters<typeof routesOf>[0];
    const routes = routesOf(backstage).map(({ method, path: where }) => `${method} ${where}`);
    const described = Object.entries(read().paths).flatMap(([where, methods]) => Object.keys(methods).map(method => `${method.toUpperCase()} ${where}`));
    assert.deepEqual([...routes].sort(), described.sort());
  });

  it('describes every member of what a master answers', async () => {
    const check = validators();
    await withDaemon(hello(), async ({ ask, client, get }) => {
      const json = async (method: string, where: string, body?: string): Promise<unknown> => JSON.parse((await ask(method, where, body)).text);
      const seen: unknown[] = [];
      const abort = new AbortController();
      const listening = (async () => {
        for await (const event of client.events(['instance', 'death', 'state'], abort.signal)) seen.push(event);
      })();
      check('Status', await json('GET', '/v1/status'));
      await get('/throw').catch(() => {});
      check('Changed', await json('POST', '/v1/scale', '{"formation":["web=3"]}'));
      check('Changed', await json('POST', '/v1/stop', '{"targets":["web"]}'));
      check('Changed', await json('POST', '/v1/start', '{"targets":["web"]}'));
      check('Begun', await json('POST', '/v1/reload', '{"wait":false,"canaryTime":0}'));
      check('Changed', await json('POST', '/v1/reload', '{"canaryTime":0}'));
      check('Preview', await json('POST', '/v1/reload', '{"dryRun":true}'));
      check('Changed', await json('POST', '/v1/reopen'));
      check('Signalled', await json('POST', '/v1/signal', '{"signal":"WINCH","targets":["web"]}'));
      check('Inspection', await json('GET', '/v1/instances/web.1'));
      check('Inspection', await json('GET', '/v1/instances/agent'));
      check('Status', await json('GET', '/v1/status'));
      check('Error', await json('POST', '/v1/scale', '{"formation":["nosuch=1"]}'));
      for await (const line of client.lines('/v1/logs?lines=20')) check('LogLine', line);
      abort.abort();
      await listening;
      assert.ok(seen.length > 0);
      for (const event of seen) check('Event', event);
    });
  });
});
