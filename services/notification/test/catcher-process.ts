import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type CaughtMail = {
  messageId: string;
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  repeats: number;
};

export type Catcher = AsyncDisposable & {
  smtpPort: number;
  smtpUrl: string;
  /** Oldest first. */
  mails(): Promise<CaughtMail[]>;
};

/** The mail catcher as a process of its own, as users run it. */
export async function startCatcher(smtpPort = 0): Promise<Catcher> {
  const cwd = fileURLToPath(new URL("../../mail-catcher", import.meta.url));
  const child = spawn(process.execPath, ["src/main.ts"], {
    cwd,
    env: { PATH: process.env.PATH, PORT: "0", SMTP_PORT: String(smtpPort) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const listening = await new Promise<{ http: string; smtp: string }>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the mail catcher ended with ${code}`)));
    lines.on("line", (line) => {
      const entry = JSON.parse(line);
      if (entry.msg === "listening") resolve(entry);
    });
  });
  return {
    smtpPort: Number(new URL(listening.smtp).port),
    smtpUrl: listening.smtp,
    async mails() {
      const response = await fetch(`${listening.http}/api/messages?limit=1000`);
      const { messages } = (await response.json()) as { messages: CaughtMail[] };
      return messages.reverse();
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
