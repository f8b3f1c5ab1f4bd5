import {
  type Detected,
  type DetectionContext,
  type Detector,
  placeOf,
  silent,
  sufferersOf,
} from "../detector.ts";
import type { Detection } from "../finding.ts";
import { describeEntry, formatMs } from "../texts.ts";
import type { SpanNode, TraceTree } from "../trace-tree.ts";

const name = "large-payload";

function formatBytes(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e3)} kB`;
}

function toDetection(node: SpanNode, bytes: number, place: string, bytesMax: number): Detection {
  const where = describeEntry(node);
  const gainMs = node.selfMs * (1 - bytesMax / bytes);
  return {
    detector: name,
    service: node.span.service,
    route: node.span.route,
    place,
    causeKey: "body",
    title: `Large payload: ${where} moves a large body`,
    recommendation:
      `A body of ${formatBytes(bytes)} was moved in one request of ${where}; ${formatBytes(bytesMax)} is the limit. ` +
      `Move it in pages or parts, leave out fields nobody reads, or stream it. ${formatMs(node.selfMs)} of the request is its own time; at the limit about ${formatMs(gainMs)} less.`,
    statement: undefined,
    count: 1,
    timeMs: node.selfMs,
    expectedGainMs: gainMs,
    evidenceSpanIds: [node.span.spanId],
    sufferers: sufferersOf(node),
  };
}

/** A request whose body, in or out, is above the limit. A body that is a file, by its media type or its name, is one by design. */
export const largePayload: Detector = {
  name,
  detect(trace: TraceTree, { settings }: DetectionContext): Detected {
    const { largePayloadBytesMax } = settings;
    const detections = new Map<string, Detection>();
    let largest: number | undefined;
    let files = 0;
    for (const node of trace.nodes) {
      const { role, bodyBytes, isFile } = node.span;
      if (role !== "request" || bodyBytes === undefined) continue;
      largest = Math.max(largest ?? 0, bodyBytes);
      const place = placeOf(node);
      if (bodyBytes <= largePayloadBytesMax || place === undefined) continue;
      if (isFile) files += 1;
      else
        detections.set(
          `${node.span.service}\u001f${place}`,
          toDetection(node, bodyBytes, place, largePayloadBytesMax),
        );
    }
    if (detections.size > 0) return { detections: [...detections.values()], silences: [] };
    if (largest === undefined) return silent(name, "no request tells the size of its body");
    if (files > 0) return silent(name, "the large bodies are files, by their media type or their names");
    return silent(
      name,
      `the largest body has ${formatBytes(largest)}; more than ${formatBytes(largePayloadBytesMax)} is needed`,
    );
  },
};
