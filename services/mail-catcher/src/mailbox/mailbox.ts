import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import type { MailFiles } from "./mail-files.ts";
import type { Message } from "./message.ts";
import { type Envelope, readMessage, toStoredMail } from "./read-message.ts";

export type MailFilter = {
  /** Part of a receiver's address, in any case. */
  to?: string | undefined;
  /** Part of the subject, in any case. */
  subject?: string | undefined;
  /** ISO 8601; messages received at that time or later. */
  since?: string | undefined;
};

export type MailboxLimits = { messagesMax: number; bytesMax: number };

const DEFAULT_LIMITS: MailboxLimits = { messagesMax: 1_000, bytesMax: 128 * 1024 * 1024 };

type Kept = { message: Message; bytes: number };

/**
 * The mails that were caught, newest kept, in memory for reading and in files for the next start. A mail that comes
 * again is counted and dropped, as a mailbox does: every receiver has one with its Message-ID already.
 */
export class Mailbox {
  readonly #files: MailFiles;
  readonly #limits: MailboxLimits;
  /** By id; the order of insertion is that of arrival. */
  readonly #kept = new Map<string, Kept>();
  /** Which message a receiver has under a Message-ID. */
  readonly #idByKey = new Map<string, string>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #bytes = 0;
  /** One mail at a time, so that two equal ones never both count as the first. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(files: MailFiles, limits: MailboxLimits) {
    this.#files = files;
    this.#limits = limits;
  }

  /** Reads what an earlier process kept. */
  static async open(files: MailFiles, limits: Partial<MailboxLimits> = {}): Promise<Mailbox> {
    const mailbox = new Mailbox(files, { ...DEFAULT_LIMITS, ...limits });
    for (const id of await files.list()) {
      const stored = await files.read(id);
      await mailbox.#keep(await readMessage(id, stored), stored.byteLength);
    }
    return mailbox;
  }

  /**
   * Takes a mail in. When it resolves, the mail is kept on disk.
   *
   * @returns the message, and whether it is new; of a repeat, the one that is kept already
   */
  add(envelope: Envelope, raw: Buffer): Promise<{ message: Message; isNew: boolean }> {
    const added = this.#turn.then(() => this.#add(envelope, raw));
    this.#turn = added.catch(() => {});
    return added;
  }

  async #add(envelope: Envelope, raw: Buffer): Promise<{ message: Message; isNew: boolean }> {
    const stored = toStoredMail(envelope, raw);
    const id = `${envelope.receivedAt.replace(/\D/g, "")}-${randomUUID().slice(0, 8)}`;
    const message = await readMessage(id, stored);
    const first = this.#findRepeated(message);
    if (first !== undefined) {
      first.message.repeats += 1;
      this.#changes.emit("change");
      return { message: first.message, isNew: false };
    }
    await this.#files.write(id, stored);
    await this.#keep(message, stored.byteLength);
    this.#changes.emit("change");
    return { message, isNew: true };
  }

  #findRepeated(message: Message): Kept | undefined {
    const ids = toKeys(message).map((key) => this.#idByKey.get(key));
    return ids.includes(undefined) ? undefined : this.#kept.get(ids[0] ?? "");
  }

  async #keep(message: Message, bytes: number): Promise<void> {
    this.#kept.set(message.id, { message, bytes });
    for (const key of toKeys(message)) this.#idByKey.set(key, message.id);
    this.#bytes += bytes;
    for (const [id] of this.#kept) {
      if (this.#kept.size <= this.#limits.messagesMax && this.#bytes <= this.#limits.bytesMax) return;
      // The mail just kept stays, however large: its sender was told that we have it.
      if (id !== message.id) await this.#drop(id);
    }
  }

  async #drop(id: string): Promise<void> {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    for (const key of toKeys(kept.message)) if (this.#idByKey.get(key) === id) this.#idByKey.delete(key);
    this.#bytes -= kept.bytes;
    await this.#files.remove(id);
  }

  /** Newest first, at most `limit`. */
  list(filter: MailFilter, limit: number): Message[] {
    const matches = toPredicate(filter);
    const found: Message[] = [];
    for (const { message } of [...this.#kept.values()].reverse()) {
      if (found.length >= limit) break;
      if (matches(message)) found.push(message);
    }
    return found;
  }

  find(id: string): Message | undefined {
    return this.#kept.get(id)?.message;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Forgets every message, and that it was ever here. */
  async clear(): Promise<void> {
    const cleared = this.#turn.then(async () => {
      for (const id of [...this.#kept.keys()]) await this.#drop(id);
    });
    this.#turn = cleared.catch(() => {});
    await cleared;
    this.#changes.emit("change");
  }

  /** Calls after every change until disposed. */
  onChange(listener: () => void): Disposable {
    this.#changes.on("change", listener);
    return { [Symbol.dispose]: () => void this.#changes.off("change", listener) };
  }
}

/** One for each receiver. A mail without a Message-ID is never a repeat. */
function toKeys({ id, messageId, to }: Message): string[] {
  return messageId === "" ? [id] : to.map((address) => `${messageId} ${address.toLowerCase()}`);
}

function toPredicate(filter: MailFilter): (message: Message) => boolean {
  const to = filter.to?.toLowerCase();
  const subject = filter.subject?.toLowerCase();
  const sinceMs = filter.since === undefined ? undefined : Date.parse(filter.since);
  return (message) =>
    (to === undefined || message.to.some((address) => address.toLowerCase().includes(to))) &&
    (subject === undefined || message.subject.toLowerCase().includes(subject)) &&
    (sinceMs === undefined || Date.parse(message.receivedAt) >= sinceMs);
}
