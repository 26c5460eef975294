/** Shell lines for what a shell cannot do with process groups: by Perl, as most systems have it, or by koffi; no program of util-linux does it. */
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { mayUse } from './providers.ts';
import { toolPath } from './tools.ts';

/** Variables for the shell. */
export interface TerminalGiver {
  /** Evaluates `$BROOD_KEEPS` in a process group of its own (setpgid). */
  readonly BROOD_APART: string;
  /** Puts the process group `$BROOD_GROUP` into the foreground of the terminal that is the standard input (tcsetpgrp). */
  readonly BROOD_GIVE: string;
  readonly [variable: string]: string;
}

const byPerl = (perl: string): TerminalGiver => ({
  BROOD_PERL: perl,
  BROOD_APART: `exec "$BROOD_PERL" -e 'setpgrp(0, 0); exec "/bin/sh", "-c", $ENV{BROOD_KEEPS}'`,
  BROOD_GIVE: `"$BROOD_PERL" -MPOSIX=tcsetpgrp -e 'tcsetpgrp(0, $ENV{BROOD_GROUP})'`,
});

/** Node.js takes back at its start that a signal is ignored. */
const byKoffi = (koffi: string): TerminalGiver => ({
  BROOD_NODE: process.execPath,
  BROOD_KOFFI: koffi,
  BROOD_APART: `exec "$BROOD_NODE" -e '
require(process.env.BROOD_KOFFI).load(null).func("int setpgid(int pid, int group)")(0, 0);
require("node:child_process").spawnSync("/bin/sh", ["-c", process.env.BROOD_KEEPS], { stdio: "ignore" });
'`,
  BROOD_GIVE: `"$BROOD_NODE" -e '
const library = require(process.env.BROOD_KOFFI).load(null);
library.func("intptr_t signal(int number, intptr_t what)")(${constants.signals.SIGTTOU}, 1);
library.func("int tcsetpgrp(int fd, int group)")(0, Number(process.env.BROOD_GROUP));
'`,
});

function koffiPath(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('koffi');
  } catch {
    // Not installed.
    return undefined;
  }
}

/** `undefined` where there is neither. */
export function terminalGiver(): TerminalGiver | undefined {
  const perl = toolPath('perl');
  if (perl !== undefined) return byPerl(perl);
  const koffi = mayUse('koffi') ? koffiPath() : undefined;
  return koffi === undefined ? undefined : byKoffi(koffi);
}
