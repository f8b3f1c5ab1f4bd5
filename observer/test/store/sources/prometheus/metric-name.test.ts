import { describe, expect, it } from "vitest";
import {
  type PrometheusKind,
  toPrometheusLabel,
  toPrometheusName,
} from "../../../../src/store/sources/prometheus/metric-name.ts";

describe("the name of a metric in Prometheus", () => {
  // Red when: a suffix is left out, doubled, or put behind `_total`.
  it.each<[string, string, PrometheusKind, string]>([
    ["http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds"],
    ["http.server.duration", "ms", "histogram", "http_server_duration_milliseconds"],
    ["process.cpu.time", "s", "counter", "process_cpu_time_seconds_total"],
    ["process.memory.usage", "By", "upDown", "process_memory_usage_bytes"],
    ["process.memory.usage", "", "gauge", "process_memory_usage"],
    ["nodejs.eventloop.utilization", "1", "gauge", "nodejs_eventloop_utilization_ratio"],
    ["nodejs.eventloop.utilization", "1", "upDown", "nodejs_eventloop_utilization"],
    ["v8js.memory.heap.used", "By", "upDown", "v8js_memory_heap_used_bytes"],
    ["db.client.connection.count", "{connection}", "upDown", "db_client_connection_count"],
    ["kontor.process.cpu.allowed", "{cpu}", "gauge", "kontor_process_cpu_allowed"],
    ["requests.total", "{request}", "counter", "requests_total"],
    ["total.requests", "1", "counter", "requests_total"],
    ["disk.io.seconds", "s", "counter", "disk_io_seconds_total"],
    ["network.speed", "By/s", "gauge", "network_speed_bytes_per_second"],
    ["odd__name--here", "", "gauge", "odd_name_here"],
    ["2xx.answers", "", "counter", "_2xx_answers_total"],
  ])("of %s in %j as a %s is right", (name, unit, kind, expected) => {
    expect(toPrometheusName({ name, unit }, kind)).toBe(expected);
  });

  it.each([
    ["service.name", "service_name"],
    ["http.request.method", "http_request_method"],
    ["already_fine", "already_fine"],
    ["1st.try", "key_1st_try"],
    ["_private", "key_private"],
    ["__reserved__", "__reserved__"],
  ])("of the label %s is right", (attribute, label) => {
    expect(toPrometheusLabel(attribute)).toBe(label);
  });
});
