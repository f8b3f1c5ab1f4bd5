import { join } from "node:path";
import type { Logger } from "@kontor/kit/logger";
import type { Resources } from "@kontor/kit/resources";
import { type AlertJournal, openAlertJournal } from "../alerts/journal/alert-journal.ts";
import { seedJournal } from "../alerts/journal/seed-journal.ts";
import { startStateWriter } from "../alerts/journal/state-writer.ts";
import { loadAlertRecords } from "../state/load-alert-records.ts";
import { isRefusedByPostgres, storeAlertRecords } from "../state/store-alert-records.ts";
import type { State } from "./open-state.ts";

const claim = { owner: "observer", leaseSeconds: 60 };

/** A data folder that is new learns from PostgreSQL, if that answers in time, what the observer before it knew. */
export async function openJournal(
  options: { readonly dataDirectory: string; readonly logger: Logger },
  state: State,
  resources: Resources,
): Promise<AlertJournal> {
  const { logger } = options;
  const journal = resources.use(
    await openAlertJournal({ directory: join(options.dataDirectory, "alerts"), logger, nowMs: Date.now }),
  );
  const load = async () => {
    await state.ready;
    return loadAlertRecords(state.db, claim, Date.now());
  };
  await seedJournal({ journal, load, logger });
  resources.use(
    startStateWriter({
      journal,
      store: (records) => state.run((db) => storeAlertRecords(db, records, claim)),
      isRefusal: isRefusedByPostgres,
      logger,
    }),
  );
  return journal;
}
