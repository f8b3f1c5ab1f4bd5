import { describe, expect, it } from "vitest";
import type { SignalName } from "../../../src/signals/catalogue.ts";
import type { Sample } from "../../../src/signals/signal-source.ts";
import { subjectKey } from "../../../src/signals/subject.ts";
import { SignalSourceError } from "../../../src/store/sources/signal-source-error.ts";
import { createSwitchingSource } from "../../../src/store/sources/switching-source.ts";

const away = new SignalSourceError("source.unreachable", "Prometheus is away");

/** What a source has: by service a value and how many seconds old its newest point is. */
type Has = Record<string, [value: number, ageSeconds?: number]>;

/** A server and a stream that answer as told, second by second. */
function openSwitch(options: { streamSinceMs?: number } = {}) {
  const now = { seconds: 1000 };
  const has: { server: Has | Error; long: Has | Error; stream: Has } = { server: {}, long: {}, stream: {} };
  const logged: string[] = [];
  const answer = (what: Has): Map<string, Sample> =>
    new Map(
      Object.entries(what).map(([service, [value, ageSeconds = 0]]) => {
        const subject = { environment: "default", namespace: "", service };
        const newestAtMs = (now.seconds - ageSeconds) * 1000;
        return [subjectKey(subject), { subject, value, count: 30, effectiveWindowSeconds: 30, newestAtMs }];
      }),
    );
  const server = (name: "prometheus" | "influxdb", key: "server" | "long") => ({
    name,
    url: `http://${name}`,
    failing: () => [],
    async read() {
      const what = has[key];
      if (what instanceof Error) throw what;
      return answer(what);
    },
  });
  const source = createSwitchingSource({
    server: server("prometheus", "server"),
    longServer: server("influxdb", "long"),
    stream: { read: () => answer(has.stream) },
    streamSinceMs: options.streamSinceMs ?? 0,
    nowMs: () => now.seconds * 1000,
    logger: { warn: (_, message) => logged.push(message), info: (_, message) => logged.push(message) },
  });
  const read = async (signal: SignalName = "memoryMb", windowSeconds = 30) => {
    const samples = await source.read(signal, windowSeconds, now.seconds * 1000);
    return Object.fromEntries(
      [...samples.values()].map(({ subject, value, source: from }) => [
        subject.service,
        from === undefined ? value : `${value} from ${from}`,
      ]),
    );
  };
  return { now, has, source, read, logged, status: () => source.statuses()[0] };
}

describe("a server with the stream behind it", () => {
  it("is read while it answers", async () => {
    const { has, read, status } = openSwitch();
    has.server = { shop: [1] };
    has.stream = { shop: [2] };
    expect(await read()).toEqual({ shop: 1 });
    expect(status()).toMatchObject({ state: "answering", signals: [], subjectsFromStream: 0 });
  });

  // Red when: what the server lost while it was away is taken for all that happened in the window.
  it("is read again only when it has filled a window", async () => {
    const { has, now, read, status, logged } = openSwitch();
    has.stream = { shop: [2] };
    has.server = away;
    expect(await read()).toEqual({ shop: "2 from stream" });
    expect(status()).toMatchObject({
      state: "failing",
      sinceMs: 1_000_000,
      reason: "Prometheus is away",
      signals: ["memoryMb"],
    });
    has.server = { shop: [1] };
    for (let second = 1010; second < 1040; second++) {
      now.seconds = second;
      expect(await read()).toEqual({ shop: "2 from stream" });
      expect(status()).toMatchObject({ state: "returning", sinceMs: 1_010_000, reason: undefined });
    }
    now.seconds = 1040;
    expect(await read()).toEqual({ shop: 1 });
    expect(status()).toMatchObject({ state: "answering", sinceMs: 1_040_000, signals: [] });
    expect(logged).toEqual([
      "prometheus cannot be read; rules are evaluated on stream meanwhile",
      "prometheus answers again; it is read when it has filled a window",
      "rules are evaluated on prometheus again",
    ]);
  });

  it("begins its window anew when it fails while it comes back", async () => {
    const { has, now, read } = openSwitch();
    has.stream = { shop: [2] };
    for (const [second, isThere] of [
      [1000, false],
      [1010, true],
      [1030, false],
      [1031, true],
      [1060, true],
    ] as const) {
      now.seconds = second;
      has.server = isThere ? { shop: [1] } : away;
      expect(await read()).toEqual({ shop: "2 from stream" });
    }
    now.seconds = 1061;
    expect(await read()).toEqual({ shop: 1 });
  });

  it("fails where the stream was not there for the whole window", async () => {
    const { has, read, status } = openSwitch({ streamSinceMs: 980_000 });
    has.server = away;
    has.stream = { shop: [2] };
    await expect(read()).rejects.toBe(away);
    expect(status()).toMatchObject({ state: "failing", reason: "Prometheus is away" });
    expect(await read("memoryMb", 10)).toEqual({ shop: "2 from stream" });
  });

  // Red when: a server that answers with yesterday's values is believed.
  it("is stale when it has lacked for ten seconds what the stream has", async () => {
    const { has, now, read, status } = openSwitch();
    has.stream = { shop: [2] };
    has.server = { shop: [1] };
    await read();
    for (let second = 1001; second <= 1010; second++) {
      now.seconds = second;
      has.server = { shop: [1, second - 1000] };
      expect(await read()).toEqual({ shop: 1 });
    }
    now.seconds = 1011;
    has.server = { shop: [1, 11] };
    expect(await read()).toEqual({ shop: "2 from stream" });
    expect(status()?.reason).toMatch(
      /^prometheus at http:\/\/prometheus answers, but has had nothing new of memoryMb since/,
    );
    has.server = { shop: [1] };
    expect(await read()).toEqual({ shop: "2 from stream" });
    expect(status()?.state).toBe("returning");
  });

  it("is not stale because a service exports once a minute, or has stopped", async () => {
    const { has, now, read, status } = openSwitch();
    for (let second = 1000; second <= 1200; second++) {
      now.seconds = second;
      const age = second % 60;
      has.stream = { rare: [2, age] };
      // A second behind.
      has.server = { rare: [1, age === 0 ? 60 : age] };
      expect(await read()).toEqual({ rare: 1 });
    }
    has.stream = {};
    has.server = {};
    for (let second = 1201; second <= 1240; second++) {
      now.seconds = second;
      expect(await read()).toEqual({});
    }
    expect(status()?.state).toBe("answering");
  });

  it("lets the stream answer for what the server knows nothing of", async () => {
    const { has, now, read, status } = openSwitch();
    for (let second = 1000; second <= 1030; second++) {
      now.seconds = second;
      has.server = { shop: [1] };
      has.stream = { shop: [2], observer: [3] };
      expect(await read()).toEqual({ shop: 1, observer: "3 from stream" });
    }
    expect(status()).toMatchObject({ state: "answering", subjectsFromStream: 1 });
  });

  it("is left to InfluxDB for windows of more than an hour", async () => {
    const { has, read, source } = openSwitch();
    has.server = { shop: [1] };
    has.long = { shop: [5] };
    expect(await read("memoryMb", 3_600)).toEqual({ shop: 1 });
    expect(await read("memoryMb", 7_200)).toEqual({ shop: 5 });
    expect(source.statuses().map(({ name }) => name)).toEqual(["prometheus", "influxdb"]);
  });

  it("forgets what a changed configuration does not ask for any more", async () => {
    const { has, now, read, status } = openSwitch();
    has.stream = { shop: [2] };
    has.server = away;
    await read("memoryMb");
    has.server = { shop: [1] };
    now.seconds = 1100;
    await read("cpuRatio");
    expect(status()).toMatchObject({ state: "answering", signals: [] });
  });
});
