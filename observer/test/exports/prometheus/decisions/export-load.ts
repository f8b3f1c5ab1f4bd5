import { createTestService, type TestService } from "../../../store/sources/test-service.ts";
import { type Load, loadOf, ordersMetric, routesOf } from "./timetable.ts";

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
const perSecond = 10;

/** Services that do what the timetable says; each export is one request of OTLP for all of them. */
export function createLoadedServices() {
  const services = Object.keys(routesOf).map((name) => createTestService({ name }));
  let done = 0;
  return {
    /**
     * What is sent at the end of a second of the timetable. Seconds that were left out were worked in all the same: a machine that has
     * no time for an export is no service without requests.
     */
    export(second: number, atMs: number): object {
      while (done < second) {
        done += 1;
        for (const service of services) {
          const load = loadOf(service.name, done);
          if (!load.isSilent) measure(service, load);
        }
      }
      const speaking = services.filter(({ name }) => !loadOf(name, second).isSilent);
      return { resourceMetrics: speaking.map((service) => service.export(atMs)) };
    },
  };
}

function measure(service: TestService, load: Load): void {
  measureProcess(service, load);
  const routes = routesOf[service.name] ?? [];
  for (const [index, route] of routes.entries()) {
    const taken = load.slowRoutes[route] ?? load.routeSeconds;
    const status = index === 0 ? load.status : 200;
    service.request(route, times(load.requestsPerSecond, taken), { "http.response.status_code": status });
  }
  if (service.name === "shop") measureShop(service, load);
  if (service.name === "worker") measureWorker(service, load);
}

function measureProcess(service: TestService, load: Load): void {
  service.gauge("process.memory.usage", "By", load.memoryMb * 1e6);
  service.gauge("nodejs.eventloop.delay.p99", "s", load.loopDelaySeconds);
  if (service.name === "stock") {
    service.gauge("v8js.memory.heap.used", "By", load.heapMb * 1e6, { "v8js.heap.space.name": "old_space" });
    service.gauge("nodejs.eventloop.utilization", "1", load.loopUse);
    service.record("v8js.gc.duration", "s", [load.collectingSeconds], { "v8js.gc.type": "major" });
  }
}

function measureShop(service: TestService, load: Load): void {
  const call = { "http.request.method": "GET", "http.response.status_code": load.callStatus };
  service.record("http.client.request.duration", "s", times(perSecond, load.callSeconds), call);
  const query = { "db.operation.name": "select", ...(load.queriesFail ? { "error.type": "57014" } : {}) };
  service.record("db.client.operation.duration", "s", times(perSecond, load.querySeconds), query);
  const pool = { "db.client.connection.pool.name": "main" };
  const used = { ...pool, "db.client.connection.state": "used" };
  service.gauge("db.client.connection.count", "{connection}", load.connections, used);
  service.gauge("db.client.connection.max", "{connection}", 10, pool);
  service.gauge("db.client.connection.pending_requests", "{request}", load.waiting, pool);
  service.count(ordersMetric, "{order}", load.ordersPerSecond);
}

function measureWorker(service: TestService, load: Load): void {
  const about = { "messaging.system": "test", "messaging.destination.name": "mails" };
  const handled = { ...about, ...(load.messagesFail ? { "error.type": "refused" } : {}) };
  service.record("messaging.process.duration", "s", times(perSecond, load.messageSeconds), handled);
  service.record("kontor.messaging.delivery.duration", "s", times(perSecond, load.deliverySeconds), about);
  service.gauge("kontor.messaging.queue.depth", "{message}", load.queued, about);
  service.count("process.cpu.time", "s", load.cores, { "cpu.mode": "user" });
  service.gauge("kontor.process.cpu.allowed", "{cpu}", 4);
  service.gauge("otelcol_exporter_queue_size", "{batches}", load.exportsQueued, { exporter: "otlp" });
  service.gauge("otelcol_exporter_queue_capacity", "{batches}", 1000, { exporter: "otlp" });
}
