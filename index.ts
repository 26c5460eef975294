/** The public API of Brood. */
export { startCluster } from './lib/cluster/start.ts';
export { Cluster } from './lib/cluster/cluster.ts';
export type { ClusterEvents } from './lib/cluster/cluster.ts';
export type { InstanceView } from './lib/cluster/view.ts';
export type { ClusterOptions, MasterLogger } from './lib/cluster/option-table.ts';
export { defineConfig } from './lib/daemon/config-types.ts';
export type { BroodConfig, ConfigContext, ConfigInput } from './lib/daemon/config-types.ts';
export type {
  AgentConfig,
  DaemonConfig,
  Duration,
  Environment,
  LimitsConfig,
  LogsConfig,
  MemoryConfig,
  ProcessConfig,
  RestartConfig,
  RpcConfig,
  ServerConfig,
  Size,
} from './lib/formation/config/types.ts';
export type { ExecConfig, HeaderConfig, HttpGetConfig, ProbeConfig, ProbesConfig, TcpSocketConfig } from './lib/formation/config/probe-types.ts';
export type { EggClusterOptions } from './lib/cluster/egg/egg-options.ts';
export type { ReloadOptions } from './lib/cluster/cluster.ts';
export { BroodError } from './lib/errors.ts';
export type { ErrorCode } from './lib/errors.ts';
export type { Address, Death } from './lib/model.ts';
export type { HangReport } from './lib/observed.ts';
export type { HttpsFiles, ListenMode } from './lib/protocol.ts';
export type { Job, JobContext, JobMessenger } from './lib/app/job/contract.ts';
export type { Agent, Application } from './lib/app/application.ts';
export type { LogEntry, Logger } from './lib/app/logger.ts';
export type { LoggerConfig } from './lib/app/log/settings.ts';
export { serveRpc } from './lib/rpc/serve.ts';
export type { RpcServer } from './lib/rpc/serve.ts';
export { connectRpc } from './lib/rpc/client.ts';
export type { RpcCallOptions, RpcClient } from './lib/rpc/client.ts';
export type { RpcContext } from './lib/rpc/caller.ts';
export type { RpcMethod, RpcMethods } from './lib/rpc/methods.ts';
export type { RpcClientOptions, RpcLimits, RpcOptions } from './lib/rpc/options.ts';
export type { Messenger } from './lib/wire/messenger.ts';
export type { Delivery } from './lib/wire/mail.ts';
export type { RunResult, ScheduleFields, ScheduleFile, Schedules, ScheduleView, TaskContext } from './lib/app/schedule/types.ts';
