import { connect } from "node:net";
import { createInterface } from "node:readline";

/**
 * Sends a mail in a plain SMTP conversation.
 *
 * @returns the server's last answer
 * @throws when the server refuses a step
 */
export async function sendMail(port: number, mail: { to: string[]; raw: string }): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const read = async (): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error("the server hung up");
      if (!/^\d{3}-/.test(value)) return value;
    }
  };
  const say = async (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    const answer = await read();
    if (/^[45]/.test(answer)) throw new Error(answer);
    return answer;
  };
  try {
    await read();
    await say("EHLO tester");
    await say("MAIL FROM:<sender@kontor.example>");
    for (const to of mail.to) await say(`RCPT TO:<${to}>`);
    await say("DATA");
    const answer = await say(`${mail.raw.replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..")}\r\n.`);
    await say("QUIT");
    return answer;
  } finally {
    socket.destroy();
  }
}

/** A mail as programs write it. */
export function toRaw(options: {
  id?: string;
  subject?: string;
  text?: string;
  html?: string;
  extra?: string;
}): string {
  const { id, subject = "Hello", text = "Text.", html, extra = "" } = options;
  const head = `From: Kontor <kontor@kontor.example>\nTo: somebody\nSubject: ${subject}\nMIME-Version: 1.0\n${
    id === undefined ? "" : `Message-ID: <${id}>\n`
  }${extra}`;
  if (html === undefined) return `${head}Content-Type: text/plain; charset=utf-8\n\n${text}\n`;
  return `${head}Content-Type: multipart/alternative; boundary=b\n
--b
Content-Type: text/plain; charset=utf-8

${text}
--b
Content-Type: text/html; charset=utf-8

${html}
--b--
`;
}
