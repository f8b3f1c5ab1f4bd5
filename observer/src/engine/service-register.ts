import type { Batch } from "../store/batch.ts";
import type { ResourceRecord } from "../store/span-record.ts";

/** A service in one environment and namespace, as its senders describe it. */
export interface KnownService {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly versions: ReadonlySet<string>;
  /** Ms since the epoch of the last batch, by instance; senders without an instance id share "". */
  readonly instances: ReadonlyMap<string, number>;
  readonly lastSeenMs: number;
}

export interface SeenVersion {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly version: string;
  readonly atMs: number;
}

/** Who sends telemetry. Bounded: what is over a bound is not registered, and its telemetry is kept all the same. */
export interface ServiceRegister {
  note(batch: Batch): void;
  list(): readonly KnownService[];
  /** The environment and namespace a service was last seen in; undefined for one never seen. */
  find(service: string): KnownService | undefined;
}

/** Marks points that the observer's polls made in the name of a service: they do not say that it sends telemetry. */
export const pollerAttribute = "kontor.health.poll";

const servicesMax = 2_000;
const versionsMax = 50;
const instancesMax = 500;

interface Entry extends KnownService {
  readonly versions: Set<string>;
  readonly instances: Map<string, number>;
  lastSeenMs: number;
}

/** @param onVersion told of a version of a service the first time it is seen since the start */
export function createServiceRegister(onVersion: (seen: SeenVersion) => void): ServiceRegister {
  const entries = new Map<string, Entry>();
  const byResource = new WeakMap<ResourceRecord, Entry>();

  const open = (resource: ResourceRecord): Entry | undefined => {
    const { environment, namespace, service } = resource;
    const key = [environment, namespace, service].join("\u001f");
    const known = entries.get(key);
    if (known !== undefined || entries.size >= servicesMax) return known;
    const entry = {
      environment,
      namespace,
      service,
      versions: new Set<string>(),
      instances: new Map(),
      lastSeenMs: 0,
    };
    entries.set(key, entry);
    return entry;
  };
  const noteResource = (resource: ResourceRecord, atMs: number): void => {
    if (resource.attributes[pollerAttribute] === true) return;
    const entry = byResource.get(resource) ?? open(resource);
    if (entry === undefined) return;
    byResource.set(resource, entry);
    entry.lastSeenMs = atMs;
    const instance = resource.instance ?? "";
    if (entry.instances.has(instance) || entry.instances.size < instancesMax)
      entry.instances.set(instance, atMs);
    const { version } = resource;
    if (version === undefined || entry.versions.has(version) || entry.versions.size >= versionsMax) return;
    entry.versions.add(version);
    const { environment, namespace, service } = entry;
    onVersion({ environment, namespace, service, version, atMs });
  };

  return {
    note(batch) {
      const records =
        batch.kind === "spans" ? batch.spans : batch.kind === "points" ? batch.points : batch.logs;
      let last: ResourceRecord | undefined;
      for (const { resource } of records) {
        if (resource === last) continue;
        noteResource(resource, batch.receivedAtMs);
        last = resource;
      }
    },
    list: () => [...entries.values()],
    find: (service) =>
      [...entries.values()]
        .filter((entry) => entry.service === service)
        .sort((a, b) => b.lastSeenMs - a.lastSeenMs)[0],
  };
}
