/** Reads metrics out of Prometheus' text format. */
import assert from 'node:assert/strict';

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (NaN|[+-]Inf|[-+.\deE]+)$/;

/** Every value by its name and labels as they stand there: `x{a="1"}`. Fails on a line that is none of the format. */
export function metricsIn(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  const types = new Set<string>();
  assert.ok(text.endsWith('\n'));
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE (\S+) (?:counter|gauge|histogram|summary)$/.exec(line)?.[1];
    if (type !== undefined) {
      assert.ok(!types.has(type), `${type} twice`);
      types.add(type);
    }
    if (/^# (?:HELP|TYPE) /.test(line)) continue;
    const found = LINE.exec(line);
    assert.ok(found, `no line of the format: ${line}`);
    const name = line.slice(0, line.lastIndexOf(' '));
    assert.ok(!values.has(name), `${name} twice`);
    values.set(name, Number(found[3]?.replace('Inf', 'Infinity')));
  }
  return values;
}
