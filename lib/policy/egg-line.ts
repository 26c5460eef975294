/** A line in the form of Egg's console logger, which scripts of its users match. */

export type EggLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

const two = (count: number, digits = 2): string => String(count).padStart(digits, '0');

/** `2026-11-21 07:00:00,000 INFO 4242 text`, in the time of the reader's clock. */
export function eggLine(level: EggLevel, text: string, pid: number, now: Date): string {
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())},${two(now.getMilliseconds(), 3)}`;
  return `${day} ${time} ${level} ${pid} ${text}\n`;
}
