// The agent rotates the files; it needs no code for that.
export default agent => agent.logger.info('the log files are in %s', agent.config.logger.dir);
