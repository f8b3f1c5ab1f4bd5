import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

export type ScriptedSmtp = AsyncDisposable & {
  port: number;
  /** Mails taken, by receiver. */
  taken: string[];
  /** The most connections that were open at once. */
  connectionsMax: number;
};

/**
 * A mail server that answers as a test wants: speaks SMTP, and refuses where told.
 *
 * @param script.onReceiver an answer to RCPT TO instead of 250
 * @param script.onData an answer to the mail itself instead of 250
 * @param script.delayMs before the mail is answered
 */
export async function startScriptedSmtp(script: {
  onReceiver?: (address: string) => string | undefined;
  onData?: (address: string) => string | undefined;
  delayMs?: number;
}): Promise<ScriptedSmtp> {
  const open = new Set<Socket>();
  const state = { taken: [] as string[], connectionsMax: 0 };
  const server = createServer((socket) => {
    open.add(socket);
    state.connectionsMax = Math.max(state.connectionsMax, open.size);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    converse(socket);
  });

  function converse(socket: Socket): void {
    let receiver = "";
    let isData = false;
    let rest = "";
    const say = (line: string) => void (socket.writable && socket.write(`${line}\r\n`));
    const endData = () => {
      isData = false;
      const answer = script.onData?.(receiver);
      if (answer === undefined) state.taken.push(receiver);
      setTimeout(() => say(answer ?? "250 taken"), script.delayMs ?? 0);
    };
    const obey = (line: string) => {
      if (isData) return line === "." ? endData() : undefined;
      const [command = ""] = line.toUpperCase().split(/[ :]/);
      if (command === "RCPT") {
        receiver = /<([^>]*)>/.exec(line)?.[1] ?? "";
        return say(script.onReceiver?.(receiver) ?? "250 ok");
      }
      if (command === "DATA") {
        isData = true;
        return say("354 go on");
      }
      if (command === "QUIT") return void socket.end("221 bye\r\n");
      return say("250 ok");
    };
    say("220 scripted");
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString("latin1")).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) obey(line);
    });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
