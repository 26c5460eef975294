/**
 * Loaded before anything else: what an operator sends to a master that starts would open Node's inspector (USR1), or end
 * the process (USR2). Whoever listens for them later does so beside this.
 */
for (const signal of ['SIGUSR1', 'SIGUSR2']) process.on(signal, () => {});
