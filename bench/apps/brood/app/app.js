/** The worker of the bench's application: the common handler, and traffic. */
const { handler } = require('../../../inside/handler.js');
const { fact } = require('../../../inside/facts.js');
const joinTraffic = require('./post.js');

module.exports = app => {
  app.handle(handler);
  app.once('listening', () => fact('listening'));
  joinTraffic(app, 'app');
};
