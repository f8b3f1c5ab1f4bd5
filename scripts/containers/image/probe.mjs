// The health check of a container: node probe.mjs <port>. Passes when /health/ready answers 200 within 4 s.
import { get } from "node:http";

const [port = ""] = process.argv.slice(2);
const request = get({ host: "127.0.0.1", port, path: "/health/ready", timeout: 4_000 }, (response) => {
  let body = "";
  response.setEncoding("utf8").on("data", (chunk) => {
    body += chunk;
  });
  response.once("end", () => {
    if (response.statusCode === 200) return;
    // Shown by `docker inspect`.
    console.log(`${response.statusCode} ${body.slice(0, 1_000)}`);
    process.exitCode = 1;
  });
});
request.once("timeout", () => request.destroy(new Error("no answer within 4 s")));
request.once("error", (error) => {
  console.log(error.message);
  process.exitCode = 1;
});
