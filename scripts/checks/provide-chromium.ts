import type { TestProject } from "vitest/node";
import { findChromium } from "./find-chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    chromiumPath: string;
  }
}

/** Looks for Chromium once, before any browser test: `inject("chromiumPath")`. Without one the run ends with one clear message. */
export function setup(project: TestProject): void {
  project.provide("chromiumPath", findChromium(process.env));
}
