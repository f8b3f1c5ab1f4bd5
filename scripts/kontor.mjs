#!/usr/bin/env node
// What `npx kontor` and `npm start` run, under whichever Node the machine has; the commands are in kontor.ts.
import { runUnderNode24 } from "./starter/run-under-node24.mjs";

await runUnderNode24("scripts/kontor.ts", process.argv.slice(2));
