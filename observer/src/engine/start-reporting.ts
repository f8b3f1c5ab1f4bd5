import type { Logger } from "@kontor/kit/logger";
import type { Resources } from "@kontor/kit/resources";
import type { Alerting } from "../alerts/alerting.ts";
import type { ConfigurationHolder } from "../config/configuration-holder.ts";
import type { Store } from "../store/store.ts";
import type { ReceiverAddresses } from "./create-receivers.ts";
import { startFollowUps } from "./follow-up.ts";
import type { LateBus } from "./late-bus.ts";
import type { Diagnosing } from "./open-diagnosing.ts";
import type { State } from "./open-state.ts";
import { createReportMaker, type ReportMaker } from "./report-maker.ts";
import { startReportSchedules } from "./report-schedules.ts";
import { createReportSender } from "./report-sender.ts";
import { createReportSources } from "./report-sources.ts";
import type { ServiceRegister } from "./service-register.ts";

export interface ReportingParts {
  readonly holder: ConfigurationHolder;
  readonly state: State;
  readonly store: Pick<Store, "endpointHistory">;
  readonly alerting: Alerting;
  readonly diagnosing: Diagnosing;
  readonly register: ServiceRegister;
  /** Undefined where none is configured. */
  readonly bus: LateBus | undefined;
  readonly smtp: ReceiverAddresses["smtp"];
  readonly publicUrl: string;
  readonly logger: Logger;
}

/** What is done with findings after they were found: they are followed until they are over, reports are made and sent. */
export function startReporting(parts: ReportingParts, resources: Resources): ReportMaker {
  const { holder, state, register, publicUrl, logger } = parts;
  const sources = createReportSources(parts);
  const nowMs = Date.now;
  const configuration = () => holder.current;
  resources.use(startFollowUps({ state, sources, register, configuration, nowMs, logger }));
  const making = { sources, publicUrl, nowMs };
  const schedules = () => holder.current.reports;
  const send = createReportSender(parts.bus, parts.smtp);
  resources.use(startReportSchedules({ ...making, state, schedules, send, logger }));
  return createReportMaker(making);
}
