console.log("self", process.version, process.argv.slice(2), process.cwd());
