/** How a victim boots: as the file `<role>-boot` of the directory FAULTS_DIR says; absent means well. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

function orders(role) {
  try {
    return readFileSync(`${process.env.FAULTS_DIR}/${role}-boot`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** `exit:1`, `throw`, `reject`, `never`, `delay:2000`, `crash-slot:2` (after it is ready); notes each boot with its time. */
export async function bootAsTold(role, unit) {
  appendFileSync(`${process.env.FAULTS_DIR}/${role}-boots`, `${Date.now()} ${process.pid}\n`);
  const [what, value] = orders(role).split(':');
  if (what === 'exit') process.exit(Number(value));
  if (what === 'throw') throw new Error('the boot throws');
  if (what === 'reject') await Promise.reject(new Error('the boot rejects'));
  if (what === 'never') await new Promise(() => setInterval(() => {}, 1000));
  if (what === 'delay') await sleep(Number(value));
  if (what === 'crash-slot' && unit.slot === Number(value)) unit.ready(() => setTimeout(() => process.exit(1), 150));
}
