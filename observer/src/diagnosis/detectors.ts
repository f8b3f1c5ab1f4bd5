import type { Detector } from "./detector.ts";
import { nPlusOneSql } from "./detectors/n-plus-one-sql.ts";
import { slowSql } from "./detectors/slow-sql.ts";
import { slowdownSource } from "./detectors/slowdown-source.ts";

/**
 * Every detector, in the order they run. A later one sees what the earlier ones found in the same trace and leaves that alone: the more
 * telling kind comes first, the source of a slowdown, which can be anything, last.
 */
export const detectors: readonly Detector[] = [nPlusOneSql, slowSql, slowdownSource];
