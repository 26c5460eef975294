import type { Agent } from 'brood';

/** One agent works for all workers: here it has a greeting for them. */
export default (agent: Agent): void => {
  const greeting = `Hello from the agent (pid ${process.pid})`;

  // Everybody is ready: tell them. Who starts later asks.
  agent.messenger.on('ready', () => void agent.messenger.sendToApp('greeting', greeting));
  agent.messenger.handle('greeting', () => greeting);
};
