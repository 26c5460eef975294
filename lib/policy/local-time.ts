/** Date and time of day of the clock here, for people. Pure but for its time zone. */

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-05-04`. `at`: in milliseconds. */
export function localDay(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `10:15:00`. `at`: in milliseconds. */
export function localTime(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
