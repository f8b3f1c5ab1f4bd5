import { createHmac } from "node:crypto";
import type { AttributeValue, SpanKind } from "../store/span-record.ts";
import {
  databaseSystems,
  isQueryParameter,
  messagingOperations,
  peerNames,
  stableNames,
} from "./attribute-names.ts";
import { redactStatement } from "./redact-statement.ts";
import { maskAddress, namesSecret, redactAddress, redacted, redactProse, redactText } from "./redact-text.ts";

/** Attributes while they are being read. */
export type AttributeTarget = Record<string, AttributeValue>;

export interface AttributeLimits {
  /** Attributes of one span, point, record or resource; more are dropped and counted. */
  readonly maxAttributes: number;
  /** UTF-16 units of one text; longer ones are cut and counted. */
  readonly maxTextLength: number;
}

type KeyAction =
  | "plain"
  | "drop"
  | "secret"
  | "address"
  | "query"
  | "client"
  | "statement"
  | "parameter"
  | "prose"
  | "target"
  | "host"
  | "value"
  | "peer";

interface KeyRule {
  readonly action: KeyAction;
  readonly name: string;
  readonly isOldName: boolean;
}

const personal = new Set([
  "user.email",
  "user.full_name",
  "user.name",
  "enduser.id",
  "enduser.email",
  "process.owner",
]);
const actions: ReadonlyMap<string, KeyAction> = new Map<string, KeyAction>([
  ["__proto__", "drop"],
  ["process.command_args", "drop"],
  ["process.command_line", "drop"],
  ["url.full", "address"],
  ["http.target", "target"],
  ["http.host", "host"],
  ["url.query", "query"],
  ["client.address", "client"],
  ["network.peer.address", "client"],
  ["db.query.text", "statement"],
  ["db.system.name", "value"],
  ["messaging.operation.type", "value"],
  ["exception.message", "prose"],
  ["exception.stacktrace", "prose"],
]);
const maxKnown = 10_000;
const maxSystems = 20;

/**
 * What every attribute goes through before anything else sees it: older names become the stable ones, secrets and obvious personal
 * data are taken out, texts and numbers of attributes are bounded. `finish*` does what needs the whole set: peers by the kind of
 * span, and literals out of statements. Where these, or parameters in attributes of their own, are all that the statement was run with,
 * and the sender gave no hash, their keyed hash goes to `kontor.db.parameters_hash`; the values themselves are never kept.
 */
export class AttributePolicy {
  readonly #hashKey: Uint8Array;
  readonly #limits: AttributeLimits;
  readonly #count: (what: "attributes_dropped" | "texts_cut") => void;
  readonly #rules = new Map<string, KeyRule>();
  readonly #statements = new Map<string | undefined, Map<string, string>>();
  #size = 0;
  #hasStatement = false;
  #hasPeer = false;
  #parameters: string[] = [];

  /** @param options.hashKey secret of this installation; hashes of two installations cannot be compared */
  constructor(options: {
    hashKey: Uint8Array;
    limits: AttributeLimits;
    count: (what: "attributes_dropped" | "texts_cut") => void;
  }) {
    this.#hashKey = options.hashKey;
    this.#limits = options.limits;
    this.#count = options.count;
  }

  /** Call before the first `set` of an item. */
  begin(): void {
    this.#size = 0;
    this.#hasStatement = false;
    this.#hasPeer = false;
    if (this.#parameters.length > 0) this.#parameters = [];
  }

  set(target: AttributeTarget, key: string, given: AttributeValue): void {
    if (this.#size++ >= this.#limits.maxAttributes) {
      this.#count("attributes_dropped");
      return;
    }
    const rule = this.#rules.get(key) ?? this.#learn(key);
    const value = typeof given === "string" ? this.#cut(given) : given;
    // A value under the stable name wins over the same under the old one, in whatever order they come.
    if (rule.isOldName && target[rule.name] !== undefined) return;
    switch (rule.action) {
      case "plain":
        target[rule.name] = typeof value === "string" ? redactText(value) : this.#clean(value);
        return;
      case "drop":
        return;
      case "secret":
        target[rule.name] = hideValue(value);
        return;
      case "statement":
        this.#hasStatement = true;
        target[rule.name] = value;
        return;
      case "parameter":
        this.#parameters.push(`${key}=${JSON.stringify(given)}`);
        return;
      case "peer":
        this.#hasPeer = true;
        target[key] = value;
        return;
      default:
        setSpecial(target, rule, value);
    }
  }

  /** Moves what depends on the kind of span, and takes the literals out of its statement and, where it repeats it, its name. */
  finishSpan(target: AttributeTarget, kind: SpanKind, name: string): string {
    if (this.#hasPeer) movePeers(target, kind);
    if (!this.#hasStatement) return redactText(name);
    const text = target["db.query.text"];
    this.finish(target);
    if (typeof text !== "string" || name.length < 8 || !text.startsWith(name.slice(0, 64)))
      return redactText(name);
    return this.#cut(redactStatement(name, systemOf(target)).text);
  }

  /** What `finishSpan` does, for items that are no spans. */
  finish(target: AttributeTarget): void {
    if (!this.#hasStatement) return;
    const text = target["db.query.text"];
    if (typeof text !== "string") {
      target["db.query.text"] = hideValue(text ?? null);
      return;
    }
    const system = systemOf(target);
    const known = this.#statements.get(system)?.get(text);
    const {
      text: clean,
      literals,
      hasPlaceholders,
    } = known === undefined
      ? redactStatement(text, system)
      : { text: known, literals: [], hasPlaceholders: true };
    target["db.query.text"] = clean;
    const values = [...literals, ...this.#parameters.sort()];
    // A hash of the literals alone would call runs equal that differ in what was bound.
    const areAll = this.#parameters.length > 0 || !hasPlaceholders;
    if (values.length > 0 && areAll) target["kontor.db.parameters_hash"] ??= this.#hash(values);
    if (known === undefined && literals.length === 0) this.#remember(system, text, clean);
  }

  /** A text of people or programs, such as a log body or an error message. */
  prose(text: string): string {
    return text === "" ? text : redactProse(this.#cut(text));
  }

  /** A nested value, such as the body of an event: names inside are judged as attribute names are. */
  #clean(value: AttributeValue): AttributeValue {
    if (typeof value === "string") return redactText(this.#cut(value));
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item: AttributeValue) => this.#clean(item));
    const out: AttributeTarget = {};
    for (const [key, item] of Object.entries(value)) {
      const rule = this.#rules.get(key) ?? this.#learn(key);
      if (rule.action === "drop") continue;
      out[key] = rule.action === "secret" ? hideValue(item) : this.#clean(item);
    }
    return out;
  }

  /** The body of a log record: prose where it is text, else as attributes are. */
  body(value: AttributeValue): AttributeValue {
    return typeof value === "string" ? this.prose(value) : this.#clean(value);
  }

  #cut(text: string): string {
    if (text.length <= this.#limits.maxTextLength) return text;
    this.#count("texts_cut");
    return text.slice(0, this.#limits.maxTextLength);
  }

  #learn(key: string): KeyRule {
    const name = stableNames.get(key) ?? key;
    const rule: KeyRule = { action: toAction(key, name), name, isOldName: name !== key };
    if (this.#rules.size >= maxKnown) this.#rules.clear();
    this.#rules.set(key, rule);
    return rule;
  }

  #hash(literals: readonly string[]): string {
    return createHmac("sha256", this.#hashKey).update(literals.join("\u001f")).digest("hex").slice(0, 16);
  }

  /** Only what holds no literals is remembered: no secret stays in memory, and foreign literals do not push the rest out. */
  #remember(system: string | undefined, text: string, clean: string): void {
    if (text.length > 4096) return;
    let statements = this.#statements.get(system);
    if (statements === undefined) {
      if (this.#statements.size >= maxSystems) this.#statements.clear();
      statements = new Map();
      this.#statements.set(system, statements);
    }
    if (statements.size >= maxKnown) statements.clear();
    statements.set(text, clean);
  }
}

function toAction(key: string, name: string): KeyAction {
  const known = actions.get(name);
  if (known !== undefined) return known;
  if (isQueryParameter(name)) return "parameter";
  if (peerNames.has(key)) return "peer";
  if (personal.has(name) || namesSecret(name)) return "secret";
  return "plain";
}

function systemOf(target: AttributeTarget): string | undefined {
  const system = target["db.system.name"];
  return typeof system === "string" ? system : undefined;
}

/** Numbers and booleans say too little to hide; everything else under a secret's name goes, its shape kept. */
function hideValue(value: AttributeValue): AttributeValue {
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === "") return value;
  return Array.isArray(value) ? [redacted] : redacted;
}

function setSpecial(target: AttributeTarget, rule: KeyRule, given: AttributeValue): void {
  if (typeof given !== "string") {
    target[rule.name] = given;
    return;
  }
  if (rule.action === "address") target[rule.name] = redactAddress(given, false);
  else if (rule.action === "query") target[rule.name] = redactAddress(given, true);
  else if (rule.action === "client") target[rule.name] = maskAddress(given);
  else if (rule.action === "prose") target[rule.name] = redactProse(given);
  else if (rule.action === "value") {
    target[rule.name] = databaseSystems.get(given) ?? messagingOperations.get(given) ?? given;
  } else if (rule.action === "target") {
    const mark = given.indexOf("?");
    target["url.path"] ??= redactText(mark < 0 ? given : given.slice(0, mark));
    if (mark >= 0) target["url.query"] ??= redactAddress(given.slice(mark + 1), true);
  } else {
    const port = /^(.*):(\d{1,5})$/.exec(given);
    target["server.address"] ??= port?.[1] ?? given;
    if (port !== null) target["server.port"] ??= Number(port[2]);
  }
}

function movePeers(target: AttributeTarget, kind: SpanKind): void {
  for (const [old, place] of peerNames) {
    const value = target[old];
    if (value === undefined) continue;
    delete target[old];
    const name = kind === "server" || kind === "consumer" ? place.server : place.client;
    const isAddress = name === "client.address" && typeof value === "string";
    target[name] ??= isAddress ? maskAddress(value) : value;
  }
}
