/** The colours of names in a log. */
import assert from 'node:assert/strict';
import { NAME_COLOURS, nameColour } from '../../lib/policy/name-colour.ts';

const LEVELS = [0, 95, 135, 175, 215, 255];

/** Relative luminance of a colour of the xterm palette (WCAG 2.2). */
function luminance(colour: number): number {
  const cube = colour - 16;
  const [red = 0, green = 0, blue = 0] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(step => {
    const share = (LEVELS[step] ?? 0) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('the colour of a name', () => {
  it('is read well on black and on white', () => {
    for (const colour of NAME_COLOURS) {
      const light = luminance(colour);
      assert.ok(1.05 / (light + 0.05) >= 3 && (light + 0.05) / 0.05 >= 3, `${colour}`);
    }
  });

  it('differs for as many types as there are colours, in their order', () => {
    const types = Array.from({ length: NAME_COLOURS.length }, (_, index) => `type-${index}`);
    assert.equal(new Set(types.map(type => nameColour(type, types))).size, NAME_COLOURS.length);
    assert.deepEqual(
      types.map(type => nameColour(type, types)),
      NAME_COLOURS.map(colour => `38;5;${colour}`),
    );
  });

  it('is the same in every run for a name that has no place, and dim for the master', () => {
    assert.equal(nameColour('left-behind', []), nameColour('left-behind', ['web']));
    assert.equal(nameColour('system', ['system']), '2');
  });
});
