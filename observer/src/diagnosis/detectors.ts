import type { Detector } from "./detector.ts";
import { chattyCalls } from "./detectors/chatty-calls.ts";
import { largePayload } from "./detectors/large-payload.ts";
import { nPlusOneHttp } from "./detectors/n-plus-one-http.ts";
import { nPlusOneSql } from "./detectors/n-plus-one-sql.ts";
import { redundantSql } from "./detectors/redundant-sql.ts";
import { repeatingSequence } from "./detectors/repeating-sequence.ts";
import { serialCalls } from "./detectors/serial-calls.ts";
import { slowSql } from "./detectors/slow-sql.ts";
import { slowdownSource } from "./detectors/slowdown-source.ts";

/**
 * Every detector, in the order they run. A later one sees what the earlier ones found in the same trace and leaves that alone: the more
 * telling kind comes first, the source of a slowdown, which can be anything, last.
 */
export const detectors: readonly Detector[] = [
  ...[repeatingSequence, nPlusOneSql, redundantSql, slowSql],
  ...[nPlusOneHttp, serialCalls, chattyCalls, largePayload],
  slowdownSource,
];
