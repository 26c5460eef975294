/** The agent of the bench's application: only traffic. */
const { fact } = require('../../../inside/facts.js');
const joinTraffic = require('./post.js');

module.exports = agent => {
  fact('agent');
  joinTraffic(agent, 'agent');
};
