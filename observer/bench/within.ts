/**
 * A wait with a limit: a process that hangs or has died fails its benchmark with a word about it, instead of holding it up for ever.
 *
 * @param what is waited for, for the message: `the observer's URL`
 * @throws Error when the time is over; otherwise as the work itself
 */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
