/** The agent has the clock; here it tells the workers about it. */
export default agent => {
  agent.messenger.handle('schedules', () => agent.schedules.list());
};
