// A program to supervise: answers on PORT; HABIT says what is odd about it.
import { spawn } from "node:child_process";
import { createServer } from "node:http";

const habit = process.env.HABIT;
process.on("SIGTERM", () => {
  if (habit !== "ignores SIGTERM") process.kill(process.pid, "SIGKILL");
});
if (habit === "fails at once") process.exitCode = 7;
else if (habit === "leaves a child") {
  spawn(process.execPath, [import.meta.filename], { env: { PORT: process.env.PORT }, stdio: "inherit" });
  setInterval(() => {}, 1_000);
} else createServer((_request, response) => response.end("ok")).listen(Number(process.env.PORT), "127.0.0.1");
console.log(`small program ${habit ?? ""} ${process.pid}`);
