/** The public API of Brood. */
export { startCluster } from './lib/cluster/start.ts';
export { Cluster } from './lib/cluster/cluster.ts';
export type { ClusterEvents } from './lib/cluster/cluster.ts';
export type { InstanceView } from './lib/cluster/view.ts';
export type { ClusterOptions, MasterLogger } from './lib/cluster/option-table.ts';
export type { EggClusterOptions } from './lib/cluster/egg/egg-options.ts';
export type { ReloadOptions } from './lib/cluster/rollout.ts';
export { BroodError } from './lib/errors.ts';
export type { ErrorCode } from './lib/errors.ts';
export type { Address, Death } from './lib/model.ts';
export type { HttpsFiles, ListenMode } from './lib/protocol.ts';
export type { Agent, Application } from './lib/app/application.ts';
export type { LogEntry, Logger } from './lib/app/logger.ts';
export type { LoggerConfig } from './lib/app/log/settings.ts';
export type { Messenger } from './lib/wire/messenger.ts';
export type { Delivery } from './lib/wire/mail.ts';
export type { RunResult, ScheduleFields, ScheduleFile, Schedules, ScheduleView, TaskContext } from './lib/app/schedule/types.ts';
