#!/usr/bin/env node
console.log("self", process.version, process.argv.slice(2), process.cwd(), import.meta.url)
