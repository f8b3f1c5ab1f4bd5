import type { Configuration } from "../../../config/configuration.ts";
import type { SignalName } from "../../../signals/catalogue.ts";
import { type NamedDashboard, toDashboard } from "../dashboard.ts";
import { datasourceVariable } from "../datasources.ts";
import { toObservedService, toService } from "../links.ts";
import type { Panel } from "../model.ts";
import { graph } from "../panels.ts";
import { byInstance, gaugeOf, instanceLegend, quantileOf, rateOf } from "../raw-metrics.ts";
import { limitGraph, perInstance, perSubject, signalGraph } from "../signal-panels.ts";
import { promql } from "../targets.ts";
import { environmentVariable, observerVariable, serviceVariable } from "../variables.ts";

const links = [toService("series"), toObservedService("series")];

/** The runtime of services on Node.js, instance by instance. */
export function nodejs(configuration: Configuration): NamedDashboard {
  const sized = (panels: readonly Panel[]) => panels.map((panel) => ({ panel, width: 8, height: 8 }));
  return toDashboard({
    name: "nodejs",
    title: "Node.js",
    description:
      "Event loop, heap and garbage collection of every instance: why a process is slow when nothing it calls is.",
    audience: "sre",
    variables: [
      datasourceVariable("prometheus"),
      environmentVariable(),
      serviceVariable(),
      observerVariable(),
    ],
    sections: [
      { title: "Event loop", panels: sized(eventLoopPanels(configuration)) },
      { title: "Memory", panels: sized(memoryPanels(configuration)) },
      { title: "Garbage collection and CPU", panels: sized(collectionPanels(configuration)) },
    ],
  });
}

const instanceGraph = (name: SignalName, title: string, description: string): Panel =>
  signalGraph(name, { title, description, view: perInstance, links });

function eventLoopPanels(configuration: Configuration): Panel[] {
  return [
    limitGraph(configuration, "eventLoopDelayP99MsMax", {
      title: "Delay p99",
      description:
        "Worst instance of a service. Above the limit something computes for too long in one go: move it into a worker thread, or cut it into pieces.",
      view: perSubject,
      links,
    }),
    graph({
      title: "Delay p50 and longest",
      description:
        "A median near zero and a long maximum is one slow computation; both high is a process with too much to do.",
      unit: "s",
      queries: [
        promql(gaugeOf("max", "nodejs_eventloop_delay_p50_seconds", byInstance), `p50 ${instanceLegend}`),
        promql(gaugeOf("max", "nodejs_eventloop_delay_max_seconds", byInstance), `max ${instanceLegend}`),
      ],
    }),
    instanceGraph(
      "eventLoopUtilization",
      "Share of time busy",
      "Near 100 % an instance can take no more: add instances, or find what computes in a CPU profile.",
    ),
  ];
}

function memoryPanels(configuration: Configuration): Panel[] {
  return [
    limitGraph(configuration, "memoryMbMax", {
      title: "Memory of the process",
      description:
        "Largest instance of a service, heap and buffers together. Above the limit the container may be killed.",
      view: perSubject,
      links,
    }),
    instanceGraph(
      "heapUsedMb",
      "Heap in use",
      "The low points after each collection tell: when they rise from hour to hour, something is kept that should not be.",
    ),
    graph({
      title: "Heap by space",
      description:
        "old_space grows with what lives long (caches, leaks), new_space with the load, large_object_space with big bodies.",
      unit: "bytes",
      stacked: true,
      queries: [
        promql(
          gaugeOf(
            "sum",
            "v8js_memory_heap_used_bytes",
            ["v8js_heap_space_name"],
            ['v8js_heap_space_name!=""'],
          ),
          "{{v8js_heap_space_name}}",
        ),
      ],
    }),
  ];
}

function collectionPanels(configuration: Configuration): Panel[] {
  return [
    limitGraph(configuration, "gcTimeRatioMax", {
      title: "Share of time in garbage collection",
      description:
        "Worst instance. Above the limit the heap is too small for the load, or too much is thrown away.",
      view: perSubject,
      links,
    }),
    graph({
      title: "Pauses p95 by kind",
      description:
        "Major collections stop everything: when they are long and frequent, the heap is nearly full.",
      unit: "s",
      queries: [promql(quantileOf(0.95, "v8js_gc_duration_seconds", ["v8js_gc_type"]), "{{v8js_gc_type}}")],
    }),
    graph({
      title: "Collections by kind",
      description: "Many minor ones are cheap and usual under load; many major ones are not.",
      unit: "ops",
      queries: [promql(rateOf("v8js_gc_duration_seconds_count", ["v8js_gc_type"]), "{{v8js_gc_type}}")],
    }),
    limitGraph(configuration, "cpuRatioMax", {
      title: "CPU of allowed cores",
      description:
        "Busiest instance of a service. Over the limit under usual load: profile first, scale second.",
      view: perSubject,
      links,
    }),
    graph({
      title: "CPU by mode",
      description: "Cores used. Much system time points to many small reads and writes.",
      unit: "count",
      stacked: true,
      queries: [
        promql(
          rateOf("process_cpu_time_seconds_total", ["service_name", "cpu_mode"]),
          "{{service_name}} {{cpu_mode}}",
        ),
      ],
    }),
    graph({
      title: "Open handles",
      description:
        "Sockets, timers and pipes of a process. A number that only rises is something that is never closed.",
      unit: "count",
      queries: [
        promql(
          gaugeOf("sum", "v8js_resource_active", ["service_name", "v8js_resource_type"]),
          "{{service_name}} {{v8js_resource_type}}",
        ),
      ],
    }),
  ];
}
