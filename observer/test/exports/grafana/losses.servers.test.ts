import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findCompanion } from "@kontor/kit/testing/servers/find-server";
import { expect, it } from "vitest";
import { losses } from "../../../src/exports/grafana/dashboards/collector.ts";
import { toYaml } from "../../../src/exports/to-yaml.ts";

const expr = losses(["exporter_send_failed_spans", "exporter_enqueue_failed_spans"], "exporter")
  .replaceAll("$environment", ".*")
  .replaceAll("$__rate_interval", "20s");

const seriesOf = (way: string, exporter: string, values: string) => ({
  series: `otelcol_exporter_${way}_spans_total{deployment_environment_name="full",exporter="${exporter}"}`,
  values,
});

// Red when: `losses` sums each way by itself and puts `or` between the sums.
it("an exporter that once failed to send hides no full queue of its own, and none at all is zero", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kontor-losses-"));
  try {
    const series = [
      seriesOf("send_failed", "observer", "7x12"),
      seriesOf("enqueue_failed", "observer", "0+10x12"),
      seriesOf("send_failed", "jaeger", "0+5x12"),
    ];
    const at = { eval_time: "1m", expr };
    const shown = [
      { labels: '{exporter="observer"}', value: 2 },
      { labels: '{exporter="jaeger"}', value: 1 },
      { labels: "{}", value: 0 },
    ];
    const tests = [
      { interval: "5s", input_series: series, promql_expr_test: [{ ...at, exp_samples: shown }] },
      { interval: "5s", promql_expr_test: [{ ...at, exp_samples: [{ labels: "{}", value: 0 }] }] },
    ];
    await writeFile(join(folder, "tests.yml"), toYaml({ evaluation_interval: "5s", tests }));
    const promtool = findCompanion("prometheus", "promtool");
    const { stdout } = await promisify(execFile)(promtool, ["test", "rules", "tests.yml"], { cwd: folder });
    expect(stdout).toContain("SUCCESS");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
