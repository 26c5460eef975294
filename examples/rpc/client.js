/** Calls the methods of app.js: node examples/rpc/client.js 7001 */
import { connectRpc } from 'brood/rpc';

const client = await connectRpc({ port: Number(process.argv[2] ?? 7001) });
console.log('1 + 2 =', await client.call('add', [1, 2]));
console.log('answered by', await client.call('whoami'));
// All at once, over one connection.
const users = await Promise.all([1, 2, 3].map(id => client.call('user.get', [id])));
console.log(users.map(({ name }) => name).join(', '));
try {
  await client.call('user.get', [1001]);
} catch (error) {
  console.log(`${error.cause.code}: ${error.cause.message}`);
}
await client.close();
