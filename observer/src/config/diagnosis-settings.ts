import { fraction, type SectionDefinition, whole } from "./setting.ts";

/** From the trace that waits to be diagnosed to the finding that is over. */
export const diagnosisSections = {
  traceBuffer: {
    description:
      "Traces that wait to be diagnosed. Memory grows with the spans held, by 160 bytes each and the texts that are its own.",
    settings: {
      quietMs: whole(5000, 100, 300_000, "A trace is diagnosed this long after its last span."),
      ageMsMax: whole(60_000, 1000, 3_600_000, "And at the latest this long after its first."),
      spansMax: whole(
        200_000,
        1000,
        10_000_000,
        "Spans held of all waiting traces; further ones are dropped and counted.",
      ),
      bytesMax: whole(
        67_108_864,
        1_000_000,
        1e12,
        "What all spans held may take; diagnosed traces give way, then spans are dropped and counted.",
      ),
      tracesMax: whole(
        50_000,
        100,
        10_000_000,
        "Traces held; spans of further ones are dropped and counted.",
      ),
      spansPerTraceMax: whole(
        10_000,
        100,
        1_000_000,
        "Spans held of one trace; further ones are dropped and counted.",
      ),
      finishedSpansMax: whole(
        50_000,
        0,
        10_000_000,
        "Spans kept of diagnosed traces, so that late spans meet the rest of their trace.",
      ),
    },
  },
  diagnosis: {
    description: "When a detector speaks.",
    settings: {
      nPlusOneCountMin: whole(
        5,
        2,
        10_000,
        "Runs of one statement under one parent, from which on it is an N+1.",
      ),
      nPlusOneTotalMsMin: fraction(50, 0, 3_600_000, "Time those runs cover."),
      nPlusOneGainRatioMin: fraction(
        0.5,
        0,
        1,
        "Share of that time that one statement instead of N would save.",
      ),
      nPlusOneGapMsMax: fraction(
        500,
        0,
        3_600_000,
        "A longer pause between two runs ends a loop: polling is not an N+1.",
      ),
      manyRunsCountMin: whole(
        10,
        2,
        10_000,
        "From so many runs on, a repeat is told however little time it takes: it grows with the rows.",
      ),
      nPlusOneHttpCountMin: whole(5, 2, 10_000, "Calls of one HTTP operation under one parent."),
      nPlusOneHttpTotalMsMin: fraction(50, 0, 3_600_000, "Time those calls cover."),
      redundantSqlCountMin: whole(
        3,
        2,
        10_000,
        "Runs of a statement with the same parameters in one request.",
      ),
      redundantSqlTotalMsMin: fraction(20, 0, 3_600_000, "Time of all of them but the first."),
      repeatingSequenceCountMin: whole(
        3,
        2,
        10_000,
        "How often a loop body of two to eight statements is repeated.",
      ),
      repeatingSequenceTotalMsMin: fraction(50, 0, 3_600_000, "Time the repetitions cover."),
      slowSqlMsMax: fraction(500, 0, 3_600_000, "A statement that runs longer is slow."),
      slowSqlOccurrencesMin: whole(
        3,
        1,
        1_000_000,
        "Traces inside the window below in which it must have been slow.",
      ),
      slowSqlOccurrencesWindowSeconds: whole(600, 1, 86_400, "The window of the occurrence floor."),
      serialCallsCountMin: whole(3, 2, 10_000, "Independent calls, one after another, in one span."),
      serialCallsSavedMsMin: fraction(100, 0, 3_600_000, "What running them together must save."),
      serialCallsSavedRatioMin: fraction(0.1, 0, 1, "And as a share of the request."),
      chattyCallsMax: whole(15, 2, 10_000, "More outgoing calls than this below one request make it chatty."),
      largePayloadBytesMax: whole(
        300_000,
        1024,
        1e12,
        "A larger body, request or response, is a large payload.",
      ),
      slowdownWindowSeconds: whole(
        30,
        1,
        3600,
        "A slowdown is explained only on routes that were often above their latency limit in so many seconds.",
      ),
      slowdownRequestsMin: whole(20, 1, 1_000_000, "Requests of the route in that time."),
      slowdownSlowRatioMin: fraction(
        0.05,
        0,
        1,
        "Share of them above the limit that is exceeded. With 0.05 it speaks when a limit on the 95th percentile does.",
      ),
      slowdownRatioMin: fraction(
        0.5,
        0,
        1,
        "Share of a slowdown that one part must explain to be called its source.",
      ),
      slowdownBaselineRequestsMin: whole(
        20,
        1,
        1_000_000,
        "Good requests a route's baseline needs before parts are compared with it.",
      ),
    },
  },
  findings: {
    description:
      "When a finding is taken to be gone. Both must hold, unless a new version shows the second alone.",
    settings: {
      quietSeconds: whole(
        90_000,
        60,
        31_536_000,
        "How long it was not seen. The usual value is a day and an hour: what happens once a day is not gone in between.",
      ),
      goneChanceMax: fraction(
        0.001,
        1e-9,
        0.5,
        "The chance, at most, that so many requests of its route since then would not have shown it, were it as frequent as before.",
      ),
    },
  },
} as const satisfies Record<string, SectionDefinition>;
