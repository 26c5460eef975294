/** The test kit: what users import as brood/testing. */
export { createApp } from './create-app.ts';
export { createCluster } from './create-cluster.ts';
export { mock, restore } from './mock.ts';
export type { TestAppOptions } from './app-options.ts';
export type { ActionsOf, TestApp } from './test-app.ts';
export type { CallsOf, Mocked } from './mock.ts';
export type { Context, ContextOverrides } from './koa.ts';
export type { LoggedLine } from './logs.ts';
export type { MessageSpy, SeenMessage } from './messages.ts';
export type { Requests } from './http.ts';
export type { TestClusterOptions } from './create-cluster.ts';
export type { TestCluster } from './test-cluster.ts';
export type { CapturedOutput } from './captured.ts';
export type { Replacement } from './replaced.ts';
