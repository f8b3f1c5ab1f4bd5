#!/usr/bin/env node
// node scripts/node24.mjs <script.ts> [arguments]: runs it under Node 24 on a machine that may have an older one.
import { runUnderNode24 } from "./starter/run-under-node24.mjs";

const [script = "", ...args] = process.argv.slice(2);
await runUnderNode24(script, args);
