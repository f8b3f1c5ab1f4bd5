import { type Browser, chromium } from "playwright-core";

export interface PaintClock {
  /** ms from the request to the first text or picture in a window that has nothing in its cache. */
  measure(url: string): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param executablePath of Chromium */
export async function openPaintClock(executablePath: string): Promise<PaintClock> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  return {
    measure: (url) => measurePaint(browser, url),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

// The entry comes a frame after the page has loaded, so an observer is asked for it and not the list.
const readFirstPaint = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const [entry] = list.getEntriesByName("first-contentful-paint");
    if (entry !== undefined) resolve(entry.startTime);
  }).observe({ type: "paint", buffered: true });
})`;

async function measurePaint(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  try {
    const page = await context.newPage();
    await page.goto(url);
    return Number(await page.evaluate(readFirstPaint));
  } finally {
    await context.close();
  }
}
