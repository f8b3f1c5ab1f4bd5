import { alertLabelNames, alertLabels } from "@kontor/observer/alerts/alert-labels";
import { openAlertJournal } from "@kontor/observer/alerts/journal/alert-journal";
import { compileMatchers, parseMatcher } from "@kontor/observer/alerts/matcher";
import { silenceState } from "@kontor/observer/alerts/silence";
import { createSilences, type SilenceInput } from "@kontor/observer/alerts/silences";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRecordingLogger, makeFolder } from "./room.ts";
import { timeMs } from "./timetable.ts";

const labels = {
  alertname: "latencyP95MsMax",
  service: "core-erp",
  endpoint: "GET /api/orders",
  severity: "critical",
};

describe("matchers", () => {
  it.each([
    ["service=core-erp", true],
    ['service="core"', false],
    ['service!="core"', true],
    ["service!=core-erp", false],
    ['service=~"core-.*"', true],
    ['service=~"core"', false],
    ['service=~"core|core-erp"', true],
    ['service!~"core-.*"', false],
    ['service=~"(?i)CORE-.*"', true],
    ['endpoint=~"GET /api/(?:orders|items)"', true],
    ['team=""', true],
    ['team!=""', false],
    ['team=~".*"', true],
    ['team=~".+"', false],
    ['{severity="critical"}', true],
  ])("%s holds: %s", (text, holds) => {
    expect(compileMatchers([parseMatcher(text)])(labels)).toBe(holds);
  });

  it("all must hold", () => {
    expect(compileMatchers(["service=core-erp", "severity=critical"].map(parseMatcher))(labels)).toBe(true);
    expect(compileMatchers(["service=core-erp", "severity=warning"].map(parseMatcher))(labels)).toBe(false);
  });

  it.each(["", "service", "service==x", "1a=b", "a b=c", 'a="b', "=x"])("`%s` is refused", (text) => {
    expect(() => parseMatcher(text)).toThrow(expect.objectContaining({ code: "silences.bad_matcher" }));
  });

  it.each([
    ["(", "cannot be used"],
    ["(a+)+", "repeated"],
    ["(a|a)*b", "repeated"],
    ["a*a*a*a*b", "repeats"],
    ["(?=a)b", "only `(?:`"],
    ["(?<!a)b", "only `(?:`"],
    ["(a)\\1", "backreference"],
    ["x".repeat(501), "longer"],
  ])("the pattern %s is refused", (value, reason) => {
    expect(() => compileMatchers([{ name: "a", value, isRegex: true, isEqual: true }])).toThrow(
      expect.objectContaining({ code: "silences.bad_pattern", message: expect.stringContaining(reason) }),
    );
  });

  it("any quoted value is read back", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const quoted = value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
        expect(parseMatcher(`service="${quoted}"`)).toEqual({
          name: "service",
          value,
          isRegex: false,
          isEqual: true,
        });
      }),
    );
  });

  it("no pattern that is let in takes long on a label's length", () => {
    const atom = fc.constantFrom(
      "a",
      ".",
      "[ab]",
      "\\w",
      "a*",
      ".*",
      ".+",
      "(?:a|b)",
      "(a|ab)",
      "a{0,50}",
      "x?",
    );
    fc.assert(
      fc.property(fc.array(atom, { maxLength: 8 }), (atoms) => {
        try {
          compileMatchers([{ name: "a", value: `${atoms.join("")}z`, isRegex: true, isEqual: true }])({
            a: "a".repeat(200),
          });
        } catch {
          // Refused patterns take no time either.
        }
      }),
      { numRuns: 200 },
    );
  });
});

async function openSilences() {
  const folder = await makeFolder();
  const { logger } = createRecordingLogger();
  let now = timeMs("10:00");
  const journal = await openAlertJournal({ directory: folder.path, logger, nowMs: () => now });
  const silences = createSilences(journal, () => now);
  const input = (change: Partial<SilenceInput> = {}): SilenceInput => ({
    matchers: [parseMatcher("service=core-erp")],
    startsAtMs: timeMs("10:00"),
    endsAtMs: timeMs("20:00"),
    createdBy: "ops",
    comment: "deployment",
    ...change,
  });
  return {
    silences,
    journal,
    input,
    at: (text: string) => {
      now = timeMs(text);
    },
    state: (id: string) => silenceState(silences.getSilence(id), now),
    async [Symbol.asyncDispose]() {
      await journal[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("silences", () => {
  it("are pending, active and expired by the clock; the end is excluded", async () => {
    await using room = await openSilences();
    const { id } = await room.silences.createSilence(room.input({ startsAtMs: timeMs("11:00") }), "ops");
    expect(room.state(id)).toBe("pending");
    room.at("11:00");
    expect(room.state(id)).toBe("active");
    room.at("19:59");
    expect(room.state(id)).toBe("active");
    room.at("20:00");
    expect(room.state(id)).toBe("expired");
  });

  it("a start in the past is now", async () => {
    await using room = await openSilences();
    const silence = await room.silences.createSilence(room.input({ startsAtMs: timeMs("01:00") }), "ops");
    expect(silence.startsAtMs).toBe(timeMs("10:00"));
  });

  it("expiring ends it now, keeps it in the list, and may be repeated", async () => {
    await using room = await openSilences();
    const { id } = await room.silences.createSilence(room.input(), "ops");
    room.at("12:00");
    await room.silences.expireSilence(id, "lead");
    expect(room.state(id)).toBe("expired");
    expect((await room.silences.expireSilence(id, "lead")).endsAtMs).toBe(timeMs("12:00"));
    expect(room.silences.listSilences().map((silence) => silence.id)).toEqual([id]);
  });

  it("a moved end keeps the id; other matchers end the old one and make a new one", async () => {
    await using room = await openSilences();
    const first = await room.silences.createSilence(room.input(), "ops");
    room.at("12:00");
    const longer = await room.silences.createSilence({ ...first, endsAtMs: timeMs("30:00") }, "ops");
    expect(longer.id).toBe(first.id);
    const wider = await room.silences.createSilence(
      { ...longer, matchers: [parseMatcher("severity=critical")] },
      "ops",
    );
    expect(wider.id).not.toBe(first.id);
    expect(room.state(first.id)).toBe("expired");
    expect(room.state(wider.id)).toBe("active");
  });

  it("every change is in the audit log with who did it", async () => {
    await using room = await openSilences();
    const { id } = await room.silences.createSilence(room.input(), "ops");
    await room.silences.expireSilence(id, "lead");
    const entries = room.journal
      .listUnstored(10)
      .flatMap(({ record }) => (record.kind === "audit" ? [record.entry] : []));
    expect(entries).toMatchObject([
      { actor: "ops", action: "silences.created", target: id },
      { actor: "lead", action: "silences.expired", target: id },
    ]);
  });

  it.each([
    ["no matcher", { matchers: [] }, "silences.invalid"],
    ["a matcher that matches everything", { matchers: [parseMatcher('service=~".*"')] }, "silences.invalid"],
    ["an end before the start", { endsAtMs: timeMs("09:00") }, "silences.invalid"],
    ["an end in the past", { startsAtMs: timeMs("01:00"), endsAtMs: timeMs("02:00") }, "silences.invalid"],
    ["a time that is none", { endsAtMs: Number.NaN }, "silences.invalid"],
    ["no author", { createdBy: " " }, "silences.invalid"],
    ["no reason", { comment: "" }, "silences.invalid"],
    ["a label that no alert has", { matchers: [parseMatcher("servce=core-erp")] }, "silences.invalid"],
    ["a name with control characters", { createdBy: "ops\u001b[2J" }, "silences.invalid"],
    ["a name of two lines", { createdBy: "ops\nroot" }, "silences.invalid"],
    ["a reason with control characters", { comment: "deploy\u0000" }, "silences.invalid"],
    ["an end in years", { endsAtMs: timeMs("10:00") + 367 * 86_400_000 }, "silences.invalid"],
    ["a text without end", { comment: "x".repeat(2_001) }, "silences.invalid"],
    ["a pattern that is none", { matchers: [parseMatcher('service=~"("')] }, "silences.bad_pattern"],
    ["an unknown id", { id: "nope" }, "silences.not_found"],
  ])("%s is refused", async (_case, change, code) => {
    await using room = await openSilences();
    await expect(room.silences.createSilence(room.input(change), "ops")).rejects.toMatchObject({ code });
    expect(room.silences.listSilences()).toEqual([]);
  });

  // Red when: `alertLabelNames` lacks a label that `alertLabels` gives, or `checkInput` does not ask it.
  it("take every label that an alert has, and name them where one is unknown", async () => {
    await using room = await openSilences();
    const subject = { environment: "prod", namespace: "north", service: "core-erp", route: "GET /x" };
    const given = alertLabels({ rule: "latencyP95MsMax", subject, severity: "critical" });
    const matchers = Object.keys(given).map((name) => parseMatcher(`${name}=x`));
    await room.silences.createSilence(room.input({ matchers, comment: "one\n\ttwo" }), "ops");
    await expect(
      room.silences.createSilence(room.input({ matchers: [parseMatcher("team=x")] }), "ops"),
    ).rejects.toThrow(`no alert has the label team; labels are ${alertLabelNames.join(", ")}`);
  });

  it("an unknown one cannot be expired", async () => {
    await using room = await openSilences();
    await expect(room.silences.expireSilence("nope", "ops")).rejects.toMatchObject({
      code: "silences.not_found",
    });
  });

  it("are listed active first, and by a filter on their matchers", async () => {
    await using room = await openSilences();
    const pending = await room.silences.createSilence(
      room.input({ startsAtMs: timeMs("15:00"), endsAtMs: timeMs("16:00") }),
      "ops",
    );
    const active = await room.silences.createSilence(
      room.input({ matchers: [parseMatcher("service=auth")] }),
      "ops",
    );
    expect(room.silences.listSilences().map(({ id }) => id)).toEqual([active.id, pending.id]);
    expect(room.silences.listSilences([parseMatcher("service=core-erp")]).map(({ id }) => id)).toEqual([
      pending.id,
    ]);
  });
});
