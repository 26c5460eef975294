/** The methods of a server, by their full names: only what the given objects hold themselves can be called. */
import { BroodError } from '../errors.ts';

/** Takes the params of a call; what it returns, or resolves to, is the answer. Written as a method, so that one may say more exactly what it takes. */
export type RpcMethod = { method(...params: unknown[]): unknown }['method'];

/** Methods, and namespaces of methods: `{ user: { get(id) {} } }` is called as `user.get`. */
export interface RpcMethods {
  readonly [name: string]: RpcMethod | RpcMethods;
}

export type MethodTable = ReadonlyMap<string, RpcMethod>;

/** Also the namespace of a module: import * as methods from './methods.js'. */
function isNamespace(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function actualOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const maker: unknown = value.constructor;
  return Array.isArray(value) ? 'an array' : `an instance of ${typeof maker === 'function' && maker.name !== '' ? maker.name : 'a class'}`;
}

/** @throws BROOD_RPC_METHODS, BROOD_RPC_METHOD_TWICE */
export function tableOf(methods: RpcMethods): MethodTable {
  const table = new Map<string, RpcMethod>();
  const above = new Set<unknown>();
  const add = (value: unknown, path: string): void => {
    if (typeof value === 'function') {
      if (table.has(path)) throw new BroodError('BROOD_RPC_METHOD_TWICE', { method: path });
      // Proven by the line above; what it takes is its own business.
      table.set(path, value as RpcMethod);
      return;
    }
    if (!isNamespace(value)) throw new BroodError('BROOD_RPC_METHODS', { path: path || 'methods', actual: actualOf(value) });
    if (above.has(value)) throw new BroodError('BROOD_RPC_METHODS', { path, actual: 'an object that holds itself' });
    above.add(value);
    // Called on the object that holds it, as anywhere else.
    for (const [name, member] of Object.entries(value)) add(typeof member === 'function' ? member.bind(value) : member, path === '' ? name : `${path}.${name}`);
    above.delete(value);
  };
  if (typeof methods === 'function') throw new BroodError('BROOD_RPC_METHODS', { path: 'methods', actual: 'a function without a name to call it by' });
  add(methods, '');
  return table;
}
