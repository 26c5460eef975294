/** What users import as brood/rpc: server and client alone, without the cluster around them. */
export { connectRpc } from './client.ts';
export type { RpcCallOptions, RpcClient } from './client.ts';
export type { RpcContext } from './caller.ts';
export type { RpcMethod, RpcMethods } from './methods.ts';
export type { RpcClientOptions, RpcLimits, RpcOptions } from './options.ts';
export { serveRpc } from './serve.ts';
export type { RpcServer } from './serve.ts';
export { BroodError } from '../errors.ts';
export type { ErrorCode } from '../errors.ts';
