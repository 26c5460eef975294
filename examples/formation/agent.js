/** There is one of it, whatever the number of web workers: it counts for all of them. */
export default agent => {
  let count = 0;
  agent.messenger.handle('count', () => ++count);
};
