import { createTestClient } from "@kontor/kit/testing/http-client";
import { startProcess } from "@kontor/kit/testing/start-process";
import { expect, it } from "vitest";
import { sendMail, toRaw } from "./send-mail.ts";

it("starts, takes a mail, and ends when asked to", async () => {
  const main = new URL("../src/main.ts", import.meta.url);
  await using catcher = startProcess(main, { env: { PORT: "0", SMTP_PORT: "0" } });
  const [, url = "", smtp = ""] = await catcher.waitFor(/"http":"([^"]+)","smtp":"([^"]+)"/);
  await sendMail(Number(new URL(smtp).port), { to: ["a@kontor.example"], raw: toRaw({ subject: "first" }) });
  const { body } = await createTestClient(url).request("GET", "/api/messages");
  expect(body.messages).toMatchObject([{ subject: "first" }]);
  catcher.child.kill("SIGTERM");
  expect(await catcher.ended).toBe(0);
});
