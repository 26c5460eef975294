/** An agent that does to itself what it is told, and sends what it is asked for. */
import { readFileSync } from 'node:fs';
import { bootAsTold } from './boot.js';
import { deeds } from './deeds.js';

function earlyMessages() {
  try {
    return Number(readFileSync(`${process.env.FAULTS_DIR}/agent-early`, 'utf8'));
  } catch {
    return 0;
  }
}

export default async agent => {
  const { messenger } = agent;
  let heard = 0;
  for (let number = 0; number < earlyMessages(); number++) void messenger.sendToApp('early', number);
  messenger.on('do', ({ deed, ...how }) => deeds[deed](how));
  messenger.on('throw-here', () => {
    throw new Error('thrown in a message handler');
  });
  messenger.on('count', () => heard++);
  messenger.handle('counted', () => heard);
  messenger.handle('pid', () => process.pid);
  messenger.handle('flood', async count => {
    let outcome;
    for (let number = 0; number < count; number++) {
      outcome = messenger.sendToApp('count', 'x'.repeat(100));
      if (number % 1000 === 0) await outcome;
    }
    await outcome;
    return messenger.counters;
  });
  await bootAsTold('agent', agent);
};
