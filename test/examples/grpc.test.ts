/** examples/grpc runs. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { example, withCluster } from '../helpers/cluster.ts';

interface Method {
  readonly path: string;
  requestSerialize(value: object): Buffer;
  responseDeserialize(bytes: Buffer): object;
}

describe('examples/grpc', () => {
  it('answers', () =>
    withCluster({ baseDir: example('grpc') }, async ({ address }) => {
      const service = loadSync(path.join(example('grpc'), 'hello.proto'))['hello.Greeter'];
      // What hello.proto defines.
      const { Greet } = service as unknown as { readonly Greet: Method };
      const client = new Client(`127.0.0.1:${address.port}`, credentials.createInsecure());
      const answer = await new Promise<object | undefined>((resolve, reject) => {
        const serialize = (value: object): Buffer => Greet.requestSerialize(value);
        const deserialize = (bytes: Buffer): object => Greet.responseDeserialize(bytes);
        client.makeUnaryRequest(Greet.path, serialize, deserialize, { name: 'you' }, (error, value) => (error ? reject(error) : resolve(value)));
      });
      client.close();
      assert.match(JSON.stringify(answer), /"grpc in \d+ greets you"/);
    }));
});
