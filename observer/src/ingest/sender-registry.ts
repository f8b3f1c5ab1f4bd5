import type { Attributes, AttributeValue, ResourceRecord, ScopeRecord } from "../store/span-record.ts";

/**
 * Gives the same resource and scope object for the same content, so that later rooms can tell senders apart by identity and keep
 * what they know of one in a map. Bounded: at most `maxSenders` different resources; a further one is refused until the observer
 * forgets those that were silent for `forgetAfterMs`.
 */
export class SenderRegistry {
  readonly #resources = new Map<string, { record: ResourceRecord; lastSeenMs: number }>();
  readonly #scopes = new Map<string, ScopeRecord>();
  readonly #maxSenders: number;
  readonly #forgetAfterMs: number;

  constructor(options: { maxSenders: number; forgetAfterMs: number }) {
    this.#maxSenders = options.maxSenders;
    this.#forgetAfterMs = options.forgetAfterMs;
  }

  /** @returns undefined when there are too many different senders */
  resource(attributes: Attributes, nowMs: number): ResourceRecord | undefined {
    const key = JSON.stringify(attributes);
    const known = this.#resources.get(key);
    if (known !== undefined) {
      known.lastSeenMs = nowMs;
      return known.record;
    }
    if (this.#resources.size >= this.#maxSenders) this.#forget(nowMs);
    if (this.#resources.size >= this.#maxSenders) return undefined;
    const record = toResourceRecord(attributes);
    this.#resources.set(key, { record, lastSeenMs: nowMs });
    return record;
  }

  scope(name: string, version: string, schemaUrl: string, attributes: Attributes): ScopeRecord {
    const key = JSON.stringify([name, version, schemaUrl, attributes]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    if (this.#scopes.size >= this.#maxSenders) this.#scopes.clear();
    const record = { name, version, schemaUrl, attributes };
    this.#scopes.set(key, record);
    return record;
  }

  #forget(nowMs: number): void {
    for (const [key, entry] of this.#resources) {
      if (nowMs - entry.lastSeenMs > this.#forgetAfterMs) this.#resources.delete(key);
    }
  }
}

/** @param attributes with older names already mapped; what the resource does not name gets the documented default */
export function toResourceRecord(attributes: Attributes): ResourceRecord {
  return {
    service: text(attributes["service.name"]) ?? "unknown_service",
    namespace: text(attributes["service.namespace"]) ?? "",
    environment: text(attributes["deployment.environment.name"]) ?? "default",
    instance: text(attributes["service.instance.id"]),
    version: text(attributes["service.version"]),
    attributes,
  };
}

function text(value: AttributeValue | undefined): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
