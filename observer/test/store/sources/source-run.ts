import type { SignalName } from "../../../src/signals/catalogue.ts";
import type { Sample } from "../../../src/signals/signal-source.ts";
import type { SignalPath, SourceName } from "./open-signal-path.ts";
import { createTestService, type ServiceOptions, type TestService } from "./test-service.ts";

/**
 * Services that send, and what a source then reads of them; seconds are those of the path's clock.
 *
 * @param topic goes into the names of the services, which all tests of a source share
 */
export function createSourceRun(source: SourceName, topic: string, path: () => SignalPath) {
  const differs = (): boolean => source !== "stream";
  const at = (seconds: number): number => path().baseMs + seconds * 1000;
  let serviceCount = 0;
  const open = (options: Partial<ServiceOptions> = {}): TestService => {
    serviceCount += 1;
    return createTestService({ name: `${source}-${topic}-${serviceCount}`, ...options });
  };
  const run = async (service: TestService, from: number, to: number, measure: (second: number) => void) => {
    for (let second = from; second <= to; second++) {
      measure(second);
      await path().send(service.export(at(second)));
    }
  };
  const list = async (
    signal: SignalName,
    seconds: number,
    windowSeconds: number,
    name: string,
  ): Promise<Sample[]> => {
    const samples = await path().read(source, signal, windowSeconds, at(seconds));
    return [...samples.values()].filter(({ subject }) => subject.service === name);
  };
  const read = async (signal: SignalName, seconds: number, { name }: TestService, windowSeconds = 30) =>
    (await list(signal, seconds, windowSeconds, name))[0];
  return { differs, at, open, run, list, read };
}
