/** What a cluster tells of itself in Prometheus' format: counted in real processes, also when they are killed or stopped. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:http2';
import { WebSocket } from 'ws';
import type { ClusterOptions } from '../../index.ts';
import { example, withCluster } from '../helpers/cluster.ts';
import type { Serving } from '../helpers/cluster.ts';
import { metricsIn } from '../helpers/exposition.ts';
import { brief, count, death, get, ready, where } from '../helpers/orders.ts';
import { fixture } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';

const withMeasured = (use: (cluster: Serving) => Promise<void>, options: ClusterOptions = {}): Promise<void> =>
  withCluster({ baseDir: fixture('apps', 'measured'), agent: false, observe: true, hangTimeout: 0, ...brief, ...options }, use);

const look = async (cluster: Serving): Promise<ReadonlyMap<string, number>> => metricsIn(await cluster.metrics());
const valueOf = async (cluster: Serving, name: string): Promise<number | undefined> => (await look(cluster)).get(name);

const OK = 'brood_http_requests_total{type="app",protocol="http1",status="2xx"}';

/** So many requests, each on a connection of its own. */
async function ask(cluster: Serving, times: number, path = '/'): Promise<void> {
  for (let time = 0; time < times; time++) await get(cluster, path);
}

/** Until the value is this one: an answer is read before the server has counted it. */
const becomes = (cluster: Serving, name: string, value: number | undefined): Promise<unknown> =>
  until(async () => (await valueOf(cluster, name)) === value, { what: `${name} to be ${value}` });

describe('the metrics of a cluster', () => {
  it('count requests by status, connections, latencies, and what is under way', () =>
    withMeasured(async cluster => {
      await ask(cluster, 5);
      await ask(cluster, 2, '/status/503');
      await becomes(cluster, OK, 5);
      await becomes(cluster, 'brood_http_requests_total{type="app",protocol="http1",status="5xx"}', 2);
      const values = await look(cluster);
      assert.equal(values.get('brood_http_request_duration_seconds_count{type="app"}'), 7);
      assert.equal(values.get('brood_http_request_duration_seconds_bucket{type="app",le="+Inf"}'), 7);
      assert.equal(values.get('brood_connections_total{type="app"}'), 7);
      assert.equal(values.get('brood_instances{type="app",state="ready"}'), 2);
      assert.equal(values.get('brood_instances_wanted{type="app"}'), 2);
      for (const slot of [1, 2]) {
        assert.ok((values.get(`brood_instance_resident_memory_bytes{type="app",instance="app.${slot}"}`) ?? 0) > 10_000_000);
        assert.ok((values.get(`brood_instance_cpu_seconds_total{type="app",instance="app.${slot}"}`) ?? 0) > 0);
        await until(async () => ((await valueOf(cluster, `brood_eventloop_delay_seconds{type="app",instance="app.${slot}",stat="p99"}`)) ?? -1) >= 0);
      }
      assert.ok((values.get('brood_master_resident_memory_bytes') ?? 0) > 10_000_000);
    }));

  it('count a request whose client goes away as one without an answer', () =>
    withMeasured(
      async cluster => {
        const request = http.get({ ...where(cluster.address), path: '/hold', agent: false });
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        await once(response, 'data');
        const inFlight = 'brood_http_requests_in_flight{type="app",instance="app.1"}';
        await becomes(cluster, inFlight, 1);
        response.destroy();
        await becomes(cluster, inFlight, 0);
        await becomes(cluster, 'brood_http_requests_total{type="app",protocol="http1",status="none"}', 1);
      },
      { workers: 1 },
    ));

  it('count requests that a client sends without waiting for answers', () =>
    withMeasured(async cluster => {
      const { port, host } = cluster.address;
      const client = (await import('node:net')).connect(port, host);
      client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(9));
      client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      client.resume();
      await once(client, 'close');
      await becomes(cluster, OK, 10);
      const values = await look(cluster);
      for (const slot of [1, 2]) assert.equal(values.get(`brood_http_requests_in_flight{type="app",instance="app.${slot}"}`), 0);
    }));

  it('count nothing of requests without the option, and still tell CPU time, memory and instances', () =>
    withMeasured(
      async cluster => {
        await ask(cluster, 3);
        const values = await look(cluster);
        assert.equal(values.get('brood_http_request_duration_seconds_count{type="app"}'), 0);
        assert.equal(values.get('brood_scrape_missing{type="app"}'), 0);
        assert.ok((values.get('brood_instance_resident_memory_bytes{type="app",instance="app.1"}') ?? 0) > 0);
      },
      { observe: false },
    ));

  it('count HTTP/2', () =>
    withCluster({ baseDir: example('http2'), observe: true }, async cluster => {
      const session = connect(`https://localhost:${cluster.address.port}`, { ca: readFileSync(fixture('tls', 'cert.pem')) });
      for (let time = 0; time < 3; time++) {
        const stream = session.request({ ':path': '/' });
        stream.resume();
        await once(stream, 'end');
      }
      session.close();
      await once(session, 'close');
      await becomes(cluster, 'brood_http_requests_total{type="app",protocol="http2",status="2xx"}', 3);
    }));

  it('count WebSockets', () =>
    withCluster({ baseDir: example('ws'), observe: true, workers: 1 }, async cluster => {
      const client = new WebSocket(`ws://127.0.0.1:${cluster.address.port}`);
      await once(client, 'open');
      await becomes(cluster, 'brood_websockets_open{type="app",instance="app.1"}', 1);
      client.close();
      await becomes(cluster, 'brood_websockets_open{type="app",instance="app.1"}', 0);
      assert.equal(await valueOf(cluster, 'brood_websockets_total{type="app"}'), 1);
    }));

  it('of a script and of an Egg application are counted as well', async () => {
    const script = { baseDir: fixture('scripts'), script: 'blocks.cjs', workers: 1, observe: true } as const;
    const egg = { baseDir: fixture('egg', 'minimal-app'), framework: fixture('egg', 'minimal'), workers: 1, observe: true } as const;
    for (const options of [script, egg]) {
      await withCluster({ ...brief, ...options }, async cluster => {
        await ask(cluster, 3);
        await becomes(cluster, OK, 3);
      });
    }
  });

  it('count messages', () =>
    withCluster({ baseDir: fixture('apps', 'orders'), observe: true, workers: 1, ...brief }, async cluster => {
      await get(cluster, '/agent/nothing');
      const values = await look(cluster);
      assert.ok((values.get('brood_messages_total{type="app",direction="sent"}') ?? 0) > 0);
      assert.ok((values.get('brood_messages_total{type="agent",direction="received"}') ?? 0) > 0);
      assert.equal(values.get('brood_mail_queue_bytes{type="app",instance="app.1"}'), 0);
    }));
});

describe('the metrics of a cluster never go backwards', () => {
  it('when workers are killed: what they had counted stays, and why they were replaced is told', () =>
    withMeasured(async cluster => {
      await ask(cluster, 20);
      await becomes(cluster, OK, 20);
      for (const { pid } of ready(cluster)) {
        process.kill(pid, 'SIGKILL');
        await death(cluster, one => one.pid === pid);
        assert.equal(await valueOf(cluster, OK), 20);
        await count(cluster, 2);
      }
      await ask(cluster, 1);
      await becomes(cluster, OK, 21);
      assert.equal(await valueOf(cluster, 'brood_restarts_total{type="app",reason="signal"}'), 2);
    }));

  it('when a worker is stopped: it is missing, holds up nobody, and its counts are shown as they were', () =>
    withMeasured(async cluster => {
      await ask(cluster, 20);
      await becomes(cluster, OK, 20);
      const [frozen] = ready(cluster);
      assert.ok(frozen);
      process.kill(frozen.pid, 'SIGSTOP');
      try {
        const values = await look(cluster);
        assert.equal(values.get('brood_scrape_missing{type="app"}'), 1);
        assert.equal(values.get(OK), 20);
        assert.ok((values.get(`brood_instance_resident_memory_bytes{type="app",instance="app.${frozen.slot}"}`) ?? 0) > 0);
      } finally {
        process.kill(frozen.pid, 'SIGCONT');
      }
      await becomes(cluster, 'brood_scrape_missing{type="app"}', 0);
      assert.equal(await valueOf(cluster, OK), 20);
    }));

  it('when the workers are reloaded', () =>
    withMeasured(async cluster => {
      await ask(cluster, 10);
      await becomes(cluster, OK, 10);
      await cluster.reload();
      const values = await look(cluster);
      assert.equal(values.get(OK), 10);
      assert.equal(values.get('brood_restarts_total{type="app",reason="reload"}'), 2);
    }));
});

describe('what an application keeps with prom-client', () => {
  const ORDERS = 'orders_total{kind="a"}';

  it('is added up over the workers: the global registry, and one that it names', () =>
    withMeasured(async cluster => {
      await ask(cluster, 6, '/order/a');
      await until(async () => (await valueOf(cluster, ORDERS)) === 6);
      const values = await look(cluster);
      assert.equal(values.get('took_seconds_count'), 6);
      assert.equal(values.get('took_seconds_bucket{le="0.025"}'), 6);
      assert.equal(values.get('took_seconds_bucket{le="0.01"}'), 0);
      assert.equal(values.get('queue_length'), 2);
      assert.match(await cluster.metrics(), /^# HELP orders_total Orders\.\n# TYPE orders_total counter$/m);
    }));

  it('does not fall when a worker is killed', () =>
    withMeasured(async cluster => {
      await ask(cluster, 6, '/order/a');
      await until(async () => (await valueOf(cluster, ORDERS)) === 6);
      for (const { pid } of ready(cluster)) {
        process.kill(pid, 'SIGKILL');
        await death(cluster, one => one.pid === pid);
        assert.equal(await valueOf(cluster, ORDERS), 6);
      }
      assert.equal(await valueOf(cluster, 'took_seconds_count'), 6);
    }));

  it('is left out, and that is counted, when it is too large; what it had counted stays', () =>
    withMeasured(
      async cluster => {
        await ask(cluster, 2, '/order/a');
        await until(async () => (await valueOf(cluster, ORDERS)) === 2);
        await get(cluster, '/fill');
        const values = await look(cluster);
        assert.equal(values.get('brood_guest_metrics_lost_total{type="app"}'), 1);
        assert.equal(values.get(ORDERS), 2);
      },
      { workers: 1 },
    ));
});
