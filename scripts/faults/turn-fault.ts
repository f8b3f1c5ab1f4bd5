import type { SystemUrls } from "../start/urls.ts";
import { listFaults, switchFault } from "./fault-client.ts";
import { untilSeen } from "./prove/until-seen.ts";

/** What blocks a service also makes its switch wait, and one that is started again takes a while. */
const turnWithinSeconds = 60;
const lookEveryMs = 2_000;

/** Switches a fault, however long its service takes to answer. @returns false when it did not within a minute */
export async function turnFault(
  urls: SystemUrls,
  fault: string,
  on: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const turn = () =>
    switchFault(urls, fault, on).then(
      () => true,
      () => undefined,
    );
  return (await untilSeen(turnWithinSeconds, turn, signal)) !== undefined;
}

/** Switches a fault on again whenever it is off, until disposal: a service that was started again has forgotten it. */
export function keepFaultOn(urls: SystemUrls, fault: string): AsyncDisposable {
  const turnOnAgain = async (): Promise<void> => {
    const isOff = (await listFaults(urls)).some(({ name, on }) => name === fault && !on);
    if (isOff) await switchFault(urls, fault, true);
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    // Away just now: the next look may find it.
    looking ??= turnOnAgain()
      .catch(() => {})
      .finally(() => {
        looking = undefined;
      });
  }, lookEveryMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}
