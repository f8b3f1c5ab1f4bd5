import { setTimeout } from "node:timers/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { selectCalls } from "./queries/call-queries.ts";
import { selectCourses, selectEndpointUse, selectWindowMeasures } from "./queries/endpoint-queries.ts";
import { countRows, streamRecentRows } from "./queries/recent-rows.ts";
import { selectLastRollup, selectRollups } from "./queries/rollup-queries.ts";
import type { StoredRow } from "./queries/stored-rows.ts";
import { selectTrace, selectTraceSummaries } from "./queries/trace-queries.ts";
import { databaseBytes } from "./segments/open-segments.ts";
import { StoreError } from "./store-error.ts";
import type { CallName, FromWorker, StoreCalls, ToWorker, WorkerSettings } from "./store-messages.ts";
import { type SkippedEntries, WorkerSession } from "./worker-session.ts";

type Handlers = {
  readonly [Name in CallName]: (
    session: WorkerSession,
    args: StoreCalls[Name]["args"],
  ) => Promise<StoreCalls[Name]["answer"]>;
};

const restMs = { first: 500, most: 5_000 };

/** The thread that owns DuckDB: stores what the journal has, answers questions, and begins anew when the disk or DuckDB fails. */
async function runStoreWorker(port: MessagePort, settings: WorkerSettings): Promise<void> {
  const send = (message: FromWorker): void => port.postMessage(message);
  const skipped: SkippedEntries = new Set();
  const handlers = createHandlers(settings, skipped);
  let session: WorkerSession | undefined;
  let isReady = false;
  let isClosing = false;

  port.on("message", (message: ToWorker) => {
    if (message.type === "committed") session?.wake();
    else if (message.type === "close") {
      isClosing = true;
      session?.close();
    } else void answer(message);
  });

  async function answer({ id, name, args }: Extract<ToWorker, { type: "call" }>): Promise<void> {
    try {
      if (session === undefined)
        throw new StoreError("store.worker_failed", "The store is starting again after an error.");
      const handler = handlers[name] as (session: WorkerSession, args: unknown) => Promise<unknown>;
      send({ type: "answer", id, answer: await handler(session, args) });
    } catch (error) {
      send(toFailure(error, id));
    }
  }

  const events = {
    onReady: (storedNumber: number): void => {
      if (!isReady) send({ type: "ready", storedNumber });
      isReady = true;
    },
    onStored: (number: number): void => send({ type: "stored", number }),
  };
  for (let waitMs = restMs.first; ; waitMs = Math.min(waitMs * 2, restMs.most)) {
    try {
      session = await WorkerSession.open(settings, events, skipped);
      if (isClosing) session.close();
      await session.run();
      break;
    } catch (error) {
      session = undefined;
      send(toFailure(error, undefined));
      // Before it was ever ready it is the start that fails, and the operator who mends it.
      if (!isReady || isClosing) break;
      await setTimeout(waitMs);
    }
  }
  send({ type: "closed" });
  port.close();
}

interface RecentStream {
  readonly rows: AsyncGenerator<StoredRow[]>;
  /** Lets go of the segments that it reads. */
  readonly release: () => void;
}

function createHandlers(settings: WorkerSettings, skipped: SkippedEntries): Handlers {
  const streams = new Map<number, RecentStream>();
  let nextStream = 1;
  async function closeStream(id: number): Promise<void> {
    const stream = streams.get(id);
    streams.delete(id);
    await stream?.rows.return(undefined);
    stream?.release();
  }
  return {
    selectTrace: ({ segments }, { kind, traceId }) =>
      segments.read((connection, sources) => selectTrace(connection, sources, kind, traceId)),
    searchTraces: ({ segments }, search) =>
      segments.read((connection, sources) => selectTraceSummaries(connection, sources, search)),
    listEndpointUse: ({ segments }, range) =>
      segments.read((connection, sources) => selectEndpointUse(connection, sources, range)),
    listCourses: ({ segments }, question) =>
      segments.read((connection, sources) => selectCourses(connection, sources, question)),
    measureWindows: ({ segments }, windows) =>
      segments.read((connection, sources) => selectWindowMeasures(connection, sources, windows)),
    listCalls: ({ segments }, question) =>
      segments.read((connection, sources) => selectCalls(connection, sources, question)),
    readRollups: ({ segments }, search) =>
      segments.read((connection, sources) => selectRollups(connection, sources, search)),
    lastRollup: ({ segments }) => segments.read(selectLastRollup),
    openRecent: ({ segments }, { kind, ...limits }) => {
      const id = nextStream++;
      return new Promise((opened, failed) => {
        const held = segments.read(async (connection, sources) => {
          const released = new Promise<void>((release) => {
            streams.set(id, { rows: streamRecentRows(connection, sources, kind, limits), release });
          });
          opened(id);
          await released;
        });
        held.catch(failed);
      });
    },
    nextRecent: async (_session, { id }) => {
      const next = await streams.get(id)?.rows.next();
      if (next !== undefined && next.done !== true) return next.value;
      await closeStream(id);
      return [];
    },
    closeRecent: async (_session, { id }) => {
      await closeStream(id);
      return null;
    },
    stats: async (session) => {
      const { open } = session.segments;
      return {
        rows: await session.segments.read(countRows),
        openRows: open.rows,
        openBytes: databaseBytes(settings.dataDirectory, open.identity.number),
        closedSegments: session.segments.closed.length,
        closedBytes: session.segments.closed.reduce((sum, segment) => sum + segment.sizeBytes, 0),
        removedSegments: session.removedSegments,
        skippedEntries: skipped.size,
      };
    },
    housekeep: async (session) => {
      await session.removeExpired();
      return null;
    },
    closeSegment: async (session) => {
      await session.closeSegment();
      return null;
    },
  };
}

function toFailure(error: unknown, id: number | undefined): FromWorker {
  const message = error instanceof Error ? error.message : String(error);
  return {
    type: "failure",
    id,
    code: error instanceof StoreError ? error.code : "store.worker_failed",
    message,
  };
}

if (parentPort !== null) await runStoreWorker(parentPort, workerData as WorkerSettings);
