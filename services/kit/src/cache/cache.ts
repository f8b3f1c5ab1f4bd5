/** A value that survives JSON as it is. */
export type Cacheable =
  | null
  | boolean
  | number
  | string
  | readonly Cacheable[]
  | { readonly [key: string]: Cacheable };

export type CacheEntryOptions = {
  /** How long it is kept: at most a day. Also how long a forgotten value may be seen where the store was away meanwhile. */
  ttlSeconds: number;
  /** What it depends on: `account:7`. Forgetting one of them forgets it. */
  tags: readonly string[];
};

/**
 * Answers that are dear to find, kept for a while. It is never the truth: when its store is away every answer is found
 * again, and nothing fails for it.
 */
export interface Cache extends AsyncDisposable {
  /**
   * The value kept under the key, else what `load` finds. Callers at the same time share one `load`. A value whose tag is
   * forgotten while it is being loaded is returned, but not kept.
   *
   * @throws only what `load` throws; a failure is not kept
   */
  read<T extends Cacheable>(key: string, options: CacheEntryOptions, load: () => Promise<T>): Promise<T>;
  /**
   * From now on no value with one of these tags is returned, in any process that shares the store.
   *
   * Never rejects: while the store is away this process keeps nothing and reads nothing until the tags are forgotten
   * there; another process may return such a value until its time is over.
   */
  forget(tags: readonly string[]): Promise<void>;
  /** Rejects when the store cannot be reached. */
  ping(): Promise<void>;
}

/** Where a cache keeps its texts. Every method rejects when the store cannot be reached, within a second. */
export interface CacheStore extends AsyncDisposable {
  /** The texts under these keys, in this order; null where there is none. */
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  write(entries: readonly { key: string; text: string }[], ttlSeconds: number): Promise<void>;
}
