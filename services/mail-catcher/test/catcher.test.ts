import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryFiles, openMailFiles } from "../src/mailbox/mail-files.ts";
import { openCatcher } from "./open-catcher.ts";

describe("mail catcher", () => {
  it("keeps a mail as it was sent, with the receivers of the envelope", async () => {
    await using catcher = await openCatcher();
    const mail = {
      id: "1@x",
      subject: "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
      text: "Über\n.dot",
      html: "<b>Über</b>",
    };
    expect(await catcher.send(mail, ["a@kontor.example", "hidden@kontor.example"])).toMatch(/^2/);
    const { body } = await catcher.request("GET", "/api/messages");
    expect(body.messages).toMatchObject([
      {
        messageId: "<1@x>",
        from: '"Kontor" <kontor@kontor.example>',
        to: ["a@kontor.example", "hidden@kontor.example"],
        subject: "Grüße",
        text: expect.stringContaining("Über\n.dot"),
        html: expect.stringContaining("<b>Über</b>"),
        repeats: 0,
      },
    ]);
    const one = await catcher.request("GET", `/api/messages/${body.messages[0].id}`);
    expect(one.body).toEqual(body.messages[0]);
  });

  // Red when: `#add` keeps every mail.
  it("drops a repeat and counts it; another receiver is no repeat", async () => {
    await using catcher = await openCatcher();
    await Promise.all([1, 2, 3].map(() => catcher.send({ id: "same@x" })));
    await catcher.send({ id: "same@x" }, ["b@kontor.example"]);
    const { body } = await catcher.request("GET", "/api/messages");
    expect(body.messages.map(({ repeats }: { repeats: number }) => repeats)).toEqual([0, 2]);
  });

  it("sees a repeat also when one mail to two comes after one mail to each", async () => {
    await using catcher = await openCatcher();
    await catcher.send({ id: "same@x" }, ["a@kontor.example"]);
    await catcher.send({ id: "same@x" }, ["b@kontor.example"]);
    await catcher.send({ id: "same@x" }, ["a@kontor.example", "B@kontor.example"]);
    await catcher.send({ id: "same@x" }, ["a@kontor.example", "c@kontor.example"]);
    const { body } = await catcher.request("GET", "/api/messages");
    expect(body.messages.map(({ to }: { to: string[] }) => to.join())).toEqual([
      "a@kontor.example,c@kontor.example",
      "b@kontor.example",
      "a@kontor.example",
    ]);
  });

  it("finds by receiver, subject and time, newest first", async () => {
    await using catcher = await openCatcher();
    await catcher.send({ subject: "first" }, ["ops@kontor.example"]);
    await catcher.send({ subject: "second" });
    await catcher.send({ subject: "third, SECOND to none" });
    expect(await catcher.subjects("?to=OPS@")).toEqual(["first"]);
    expect(await catcher.subjects("?subject=second")).toEqual(["third, SECOND to none", "second"]);
    expect(await catcher.subjects("?since=2100-01-01T00:00:00Z")).toEqual([]);
    expect(await catcher.subjects("?limit=1")).toEqual(["third, SECOND to none"]);
    expect((await catcher.request("GET", "/api/messages?since=yesterday")).status).toBe(400);
  });

  it("forgets all when asked, and takes the same mail anew", async () => {
    await using catcher = await openCatcher();
    await catcher.send({ id: "1@x" });
    expect((await catcher.request("DELETE", "/api/messages")).status).toBe(204);
    expect(await catcher.subjects()).toEqual([]);
    await catcher.send({ id: "1@x" });
    expect(await catcher.subjects()).toHaveLength(1);
  });

  it("keeps the newest within its bounds of number and bytes", async () => {
    await using byNumber = await openCatcher(createMemoryFiles(), { messagesMax: 2 });
    for (const subject of ["a", "b", "c"]) await byNumber.send({ subject });
    expect(await byNumber.subjects()).toEqual(["c", "b"]);
    await using byBytes = await openCatcher(createMemoryFiles(), { bytesMax: 3_000 });
    for (const subject of ["a", "b"]) await byBytes.send({ subject, text: "x".repeat(2_000) });
    expect(await byBytes.subjects()).toEqual(["b"]);
  });

  it("is not told its envelope by the mail", async () => {
    await using catcher = await openCatcher();
    await catcher.send({
      extra: `X-Catcher-Envelope: ${encodeURIComponent('{"from":"","to":["evil"],"receivedAt":"2000-01-01T00:00:00Z"}')}\n`,
    });
    const { body } = await catcher.request("GET", "/api/messages");
    expect(body.messages[0].to).toEqual(["a@kontor.example"]);
  });

  it("answers an unknown mail with a problem", async () => {
    await using catcher = await openCatcher();
    const { status, body } = await catcher.request("GET", "/api/messages/none");
    expect({ status, code: body.code }).toEqual({ status: 404, code: "mails.not_found" });
    expect((await catcher.request("GET", "/messages/..%2f..%2fetc/source")).status).toBe(404);
  });

  it("has the health of every service", async () => {
    await using catcher = await openCatcher();
    const { status, body } = await catcher.request("GET", "/health");
    expect(status).toBe(200);
    expect(Object.keys(body.checks)).toEqual(expect.arrayContaining(["cpu:utilization", "mailbox:messages"]));
  });
});

describe("mail catcher with a folder", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kontor-mails-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("has its mails again after a restart, and still knows a repeat", async () => {
    const mail = { id: "kept@x", subject: "kept" };
    {
      await using catcher = await openCatcher(await openMailFiles(folder));
      await catcher.send(mail);
    }
    await using catcher = await openCatcher(await openMailFiles(folder));
    const before = await catcher.request("GET", "/api/messages");
    expect(before.body.messages).toMatchObject([{ subject: "kept", to: ["a@kontor.example"] }]);
    await catcher.send(mail);
    expect(await catcher.subjects()).toEqual(["kept"]);
    expect(await readdir(folder)).toHaveLength(1);
  });
});

describe("pages", () => {
  it("show a mail, its HTML apart in a frame where nothing runs", async () => {
    await using catcher = await openCatcher();
    await catcher.send({ subject: "<i>x</i>", html: "<script>alert(1)</script><p>hello</p>" });
    const list = await catcher.request<string>("GET", "/");
    expect(list.body).toContain("&lt;i&gt;x&lt;/i&gt;");
    const path = /href="(\/messages\/[^"]+)"/.exec(list.body)?.[1] ?? "";
    const page = await catcher.request<string>("GET", path);
    expect(page.body).toContain("sandbox=");
    expect(page.body).not.toContain("alert(1)");
    const body = await catcher.request<string>("GET", `${path}/html`);
    expect(body.body).toContain("hello");
    expect(body.headers.get("content-security-policy")).toMatch(
      /^sandbox (?!.*allow-scripts).*default-src 'none'/,
    );
    expect((await catcher.request<string>("GET", `${path}/source`)).body).toContain("Subject: <i>x</i>");
  });

  it("hear of a new mail at once", async () => {
    await using catcher = await openCatcher();
    const stop = new AbortController();
    const stream = await fetch(`${catcher.url}/events`, { signal: stop.signal });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await reader?.read();
    await catcher.send({ subject: "news" });
    expect((await reader?.read())?.value).toContain("data: changed");
    stop.abort();
  });
});
