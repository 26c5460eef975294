/** The help: it fits a screen, and says all that there is. */
import assert from 'node:assert/strict';
import { flagsOf } from '../../lib/cli/command.ts';
import { COMMANDS, find } from '../../lib/cli/commands.ts';
import { EXIT, EXIT_CODES } from '../../lib/cli/exit-codes.ts';
import { commandHelp, exitCodesHelp, helpText } from '../../lib/cli/help.ts';
import { COMMON_FLAGS, parse } from '../../lib/cli/parse.ts';

const isNarrow = (lines: readonly string[]): void =>
  assert.deepEqual(
    lines.filter(line => line.length > 80 || line.includes('\n')),
    [],
  );

describe('the help', () => {
  it('shows every command on one screen of 24 lines and 80 columns', () => {
    const lines = helpText(COMMANDS);
    assert.ok(lines.length <= 24, `${lines.length} lines`);
    isNarrow(lines);
    for (const { name, aliases = [] } of COMMANDS.filter(({ hidden, name: own }) => hidden !== true && own !== 'help')) {
      const line = lines.find(one => one.slice(10).startsWith(`${name} `) || one.slice(48).startsWith(`${name} `));
      assert.ok(line !== undefined, name);
      for (const alias of aliases) assert.match(line, new RegExp(`\\b${alias}\\b`));
    }
  });

  it('shows each command with all its flags, and three examples that are right', async () => {
    for (const entry of COMMANDS) {
      const flags = await flagsOf(entry);
      const lines = commandHelp(entry, flags);
      isNarrow(lines);
      for (const { name, about } of [...flags, ...COMMON_FLAGS]) {
        const at = lines.findIndex(line => new RegExp(`^  (?:-\\w, |    )--(?:no-)?${name}(?: |$)`).test(line));
        assert.ok(at >= 0, `${entry.name}: --${name}`);
        assert.ok(about !== '' && `${lines[at]}${lines[at + 1]}`.includes(about), `${entry.name}: --${name} says what it does`);
      }
      assert.equal(new Set(entry.examples.map(({ line }) => line)).size, 3);
      for (const { line, about } of entry.examples) {
        assert.notEqual(about, '');
        // A signal that does the same is an example, too.
        if (line.startsWith('kill -')) continue;
        const [brood, name = '', ...words] = line.split(/ [|;&>]/)[0]?.split(' ') ?? [];
        assert.deepEqual([brood, find(name)], ['brood', entry], line);
        parse(entry, flags, words);
      }
    }
  });

  it('gives no name to two commands, and no letter to two flags', async () => {
    const names = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
    for (const entry of COMMANDS) {
      const letters = [...(await flagsOf(entry)), ...COMMON_FLAGS].flatMap(({ short }) => short ?? []);
      assert.equal(new Set(letters).size, letters.length, entry.name);
    }
  });

  it('says what each exit code means', () => {
    const lines = exitCodesHelp();
    isNarrow(lines);
    for (const code of Object.values(EXIT)) assert.ok(EXIT_CODES.some(one => one.code === String(code)));
    for (const { code, meaning } of EXIT_CODES) assert.ok(lines.some(line => line.trim() === `${code}  ${meaning}`));
  });
});
