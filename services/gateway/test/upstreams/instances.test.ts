import { describe, expect, it } from "vitest";
import { Instances } from "../../src/upstreams/instances.ts";

const limits = { failuresMax: 3, ejectionMs: 1_000, ejectionMsMax: 8_000 };

function open(count: number) {
  const urls = Array.from({ length: count }, (_, index) => `http://instance-${index}`);
  const instances = new Instances("orders", urls, limits);
  const choose = (nowMs: number) => {
    const instance = instances.choose(nowMs);
    if (instance === undefined) throw new Error("none");
    return instance;
  };
  const hosts = (nowMs: number, times: number) =>
    Array.from({ length: times }, () => choose(nowMs).url.hostname);
  return { instances, choose, hosts };
}

describe("Instances", () => {
  it("takes turns", () => {
    const { hosts } = open(3);
    const seen = hosts(0, 9);
    expect(new Set(seen.slice(0, 3)).size).toBe(3);
    expect(seen.slice(3, 6)).toEqual(seen.slice(0, 3));
  });

  // Red when: a success does not set the failures back.
  it("failures that are not in a row eject nobody", () => {
    const { instances, choose } = open(1);
    const only = choose(0);
    for (let round = 0; round < 5; round++) {
      instances.failed(only, 0);
      instances.failed(only, 0);
      expect(instances.count(0)).toEqual({ all: 1, in: 1 });
      instances.succeeded(only);
    }
  });

  it("as a timetable: out after three in a row, back after a second, out at once and twice as long, up to the maximum", () => {
    const { instances, choose, hosts } = open(2);
    const bad = choose(0);
    const fail = (nowMs: number, times = 1) => {
      for (let failure = 0; failure < times; failure++) instances.failed(bad, nowMs);
    };
    fail(0, 2);
    expect(instances.count(0).in).toBe(2);
    fail(0);
    expect(instances.count(0).in).toBe(1);
    expect(hosts(999, 4)).not.toContain(bad.url.hostname);
    expect(hosts(1_000, 4)).toContain(bad.url.hostname);
    let now = 1_000;
    for (const outMs of [2_000, 4_000, 8_000, 8_000]) {
      fail(now);
      expect(hosts(now + outMs - 1, 4)).not.toContain(bad.url.hostname);
      now += outMs;
      expect(hosts(now, 4)).toContain(bad.url.hostname);
    }
    instances.succeeded(bad);
    fail(now, 2);
    expect(instances.count(now).in).toBe(2);
  });

  it("requests that were under way when it went out do not keep it out longer", () => {
    const { instances, choose } = open(2);
    const bad = choose(0);
    for (let failure = 0; failure < 50; failure++) instances.failed(bad, 0);
    expect(instances.count(1_000).in).toBe(2);
  });

  // Red when: choose() answers undefined while all are out.
  it("when all are out, one is tried all the same", () => {
    const { instances, choose } = open(2);
    for (const instance of [choose(0), choose(0)]) {
      for (let failure = 0; failure < 3; failure++) instances.failed(instance, 0);
    }
    expect(instances.count(0).in).toBe(0);
    expect(choose(0)).toBeDefined();
  });

  it("for a second attempt never chooses the same, and none where there is no other", () => {
    const two = open(2);
    const first = two.choose(0);
    for (let round = 0; round < 4; round++) expect(two.instances.choose(0, first)).not.toBe(first);
    const one = open(1);
    expect(one.instances.choose(0, one.choose(0))).toBeUndefined();
  });
});
