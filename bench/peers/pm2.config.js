/** The ecosystem file of pm2: the same server, in cluster mode, without its own extras. */
const path = require('node:path');

const passedOn = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('BENCH_')));

module.exports = {
  apps: [
    {
      name: 'bench',
      script: path.join(__dirname, 'raw-http.js'),
      exec_mode: 'cluster',
      instances: Number(process.env.BENCH_WORKERS),
      env: passedOn,
      pmx: false,
      vizion: false,
    },
  ],
};
