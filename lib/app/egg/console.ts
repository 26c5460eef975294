/** Lines of an agent or a worker in the form of Egg's console logger; errors go to the standard error. */
import { eggLine } from '../../policy/egg-line.ts';

export const eggConsole = {
  info: (text: string): void => void process.stdout.write(eggLine('INFO', text, process.pid, new Date())),
  error: (text: string): void => void process.stderr.write(eggLine('ERROR', text, process.pid, new Date())),
};
