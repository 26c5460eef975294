/** The server in pm2's cluster mode, with pm2's own settings otherwise. */
const path = require('node:path');

const passedOn = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('FAULTS_')));
module.exports = {
  apps: [{ name: 'victim', script: path.join(__dirname, 'server.cjs'), exec_mode: 'cluster', instances: 2, env: passedOn, pmx: false, vizion: false }],
};
