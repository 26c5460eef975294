/** What createCluster() adds to the agent: a plugin that does what the test asks for. */
import type { Agent } from '../../app/application.ts';
import { serveTests } from './serve-tests.ts';

export default (agent: Agent): void => serveTests(agent);
