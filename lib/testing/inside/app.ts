/** What createCluster() adds to every worker: a plugin that does what the test asks for. */
import type { Application } from '../../app/application.ts';
import { serveTests } from './serve-tests.ts';

export default (app: Application): void => serveTests(app);
