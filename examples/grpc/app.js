import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const definition = grpc.loadPackageDefinition(loadSync(fileURLToPath(new URL('./hello.proto', import.meta.url))));

export default () => {
  const server = new grpc.Server();
  server.addService(definition.hello.Greeter.service, {
    greet: (call, done) => done(null, { text: `grpc in ${process.pid} greets ${call.request.name}` }),
  });
  return server;
};
