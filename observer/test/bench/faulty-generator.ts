// A generator that dies of its first order; without orders it lives on and says nothing on standard output.
process.on("message", () => process.kill(process.pid, "SIGKILL"));
process.send?.("ready");
setInterval(() => undefined, 60_000);
