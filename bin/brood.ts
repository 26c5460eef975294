#!/usr/bin/env node
/** The command line: hands argv to lib/cli. */
import { main } from '../lib/cli/main.ts';

await main(process.argv.slice(2));
