/** Logs as the row says. */
export default { logger: JSON.parse(process.env.FAULTS_LOGGER ?? '{}') };
