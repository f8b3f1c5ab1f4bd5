// A program to supervise: answers on PORT; HABIT says what is odd about it.
import { createServer } from "node:http";

const habit = process.env.HABIT;
if (habit === "fails at once") process.exitCode = 7;
else createServer((_request, response) => response.end("ok")).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  if (habit !== "ignores SIGTERM") process.kill(process.pid, "SIGKILL");
});
console.log(`small program ${habit ?? ""} ${process.pid}`);
