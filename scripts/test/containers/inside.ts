import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ComposeProject } from "../../containers/system/compose-project.ts";

const program = `
const [url, method, headers, body] = JSON.parse(process.argv[1]);
const response = await fetch(url, { method, headers, ...(body === "" ? {} : { body }) });
console.log(JSON.stringify([response.status, await response.text()]));
`;

/** One request from within the networks of compose, where ports that are not published can be reached. */
async function fetchInside(
  project: ComposeProject,
  request: { url: string; method: string; headers: Record<string, string>; body: string },
): Promise<{ status: number; body: string }> {
  const { url, method, headers, body } = request;
  const given = JSON.stringify([url, method, headers, body]);
  const command = ["node", "--input-type=module", "--eval", program, given];
  const [status, text] = JSON.parse(await project.exec("observer", command)) as [number, string];
  return { status, body: text };
}

export type InsideUrl = AsyncDisposable & { url: string };

/**
 * An address of this machine that leads to a part whose port is not published.
 *
 * @param target as the observer reaches it, such as `http://prometheus:9090`
 */
export async function reachInside(project: ComposeProject, target: string): Promise<InsideUrl> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      const headers: Record<string, string> = {};
      for (const name of ["authorization", "content-type", "accept"]) {
        const value = request.headers[name];
        if (typeof value === "string") headers[name] = value;
      }
      const body = Buffer.concat(chunks).toString();
      fetchInside(project, {
        url: `${target}${request.url}`,
        method: request.method ?? "GET",
        headers,
        body,
      }).then(
        (answer) => response.writeHead(answer.status).end(answer.body),
        (error: Error) => response.writeHead(502).end(error.message),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
