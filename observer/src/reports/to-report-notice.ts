import { type ReportPayload, reportAttachmentBytesMax } from "@kontor/kit/contracts/reports";
import { cut } from "./clean-text.ts";
import type { ReportFile } from "./report-files.ts";
import type { OptimisationReport } from "./report-schema.ts";
import { describeImpact, describeWhere, listKeyFigures } from "./report-texts.ts";

const itemsMax = 5;
const textMax = 500;

/** A report as the contract `reports.made` tells of it: what hurts most, the figures, the file, where the whole of it is. */
export function toReportNotice(
  report: OptimisationReport,
  details: {
    readonly id: string;
    readonly schedule: string;
    readonly recipients: readonly string[];
    readonly url: string;
    readonly file: ReportFile;
  },
): ReportPayload {
  const { id, schedule, recipients, url, file } = details;
  const costly = report.bottlenecks.filter(({ seenInPeriod }) => seenInPeriod).slice(0, itemsMax);
  return {
    ...{ id, report: report.report, schedule, url, recipients: [...recipients] },
    ...{ from: report.period.from, to: report.period.to, madeAt: report.period.generatedAt },
    headline: cut(report.headline, textMax),
    tone: report.tone,
    figures: listKeyFigures(report).map(({ label, value, note }) => ({ label, value, note })),
    items: costly.map((one) => ({
      title: cut(one.title, textMax),
      text: cut(`${describeImpact(one)}; ${describeWhere(one)}; ${one.state.name}`, textMax),
      url: one.url,
    })),
    attachment:
      file.bytes.byteLength > reportAttachmentBytesMax
        ? null
        : {
            name: file.name,
            contentType: file.contentType,
            base64: Buffer.from(file.bytes).toString("base64"),
          },
  };
}
