import type { Express, Response } from "express";
import { createHealthReporter, createProcessChecks, type HealthCheck, type HealthStatus } from "../health.ts";

export type HealthRoutesOptions = { service: string; version: string; checks: readonly HealthCheck[] };

/**
 * `/health` (everything), `/health/live` (this process only), `/health/ready` (the dependencies; fails while closing) and
 * `/health/startup` (passes once the dependencies have passed once). 503 when the status is `fail`.
 */
export function addHealthRoutes(app: Express, options: HealthRoutesOptions): void {
  const processChecks = createProcessChecks();
  const reportProcess = createHealthReporter(
    processChecks.filter((check) => check.name === "eventloop:delay"),
  );
  const reportDependencies = createHealthReporter(options.checks);
  const reportAll = createHealthReporter([...processChecks, ...options.checks]);
  let started = false;

  const send = (res: Response, report: { status: HealthStatus; checks?: object; output?: string }): void => {
    res.status(report.status === "fail" ? 503 : 200);
    res.set("Cache-Control", "no-store").type("application/health+json");
    res.send(JSON.stringify({ version: options.version, serviceId: options.service, ...report }));
  };
  app.get("/health", async (_req, res) => send(res, await reportAll()));
  app.get("/health/live", async (_req, res) => send(res, await reportProcess()));
  app.get("/health/ready", async (_req, res) => {
    if (app.locals.stopping === true) send(res, { status: "fail", output: "closing" });
    else send(res, await reportDependencies());
  });
  app.get("/health/startup", async (_req, res) => {
    const report = started ? await reportProcess() : await reportDependencies();
    started ||= report.status !== "fail";
    send(res, report);
  });
}
