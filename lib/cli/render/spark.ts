/** A course of figures as a row of bars: ▁▂▃. */

const BARS = '▁▂▃▄▅▆▇█';

/** The last figures, one column each; `least`: a full bar is never less than that, so that noise about nothing stays low. */
export function spark(figures: readonly number[], columns: number, least = 0): string {
  const shown = figures.slice(-columns);
  const most = Math.max(least, ...shown);
  const bars = shown.map(figure => BARS[most <= 0 ? 0 : Math.min(BARS.length - 1, Math.max(0, Math.round((figure / most) * (BARS.length - 1))))]);
  return bars.join('').padStart(columns);
}
