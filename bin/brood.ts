#!/usr/bin/env node
/** The command line: hands argv to lib/cli. */
// oxlint-disable-next-line import/no-unassigned-import -- what it does has to be done before anything else is loaded
import '../lib/cli/hold-signals.ts';
import { main } from '../lib/cli/main.ts';

void main(process.argv.slice(2));
