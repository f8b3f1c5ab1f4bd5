/**
 * Adds up every series of a metric on a page in Prometheus' text format.
 *
 * @param labels text that the labels of a series must contain; all series when left out
 * @returns 0 where there is none
 */
export function sumOf(page: string, metric: string, labels = ""): number {
  return page
    .split("\n")
    .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** What a server says of itself. */
export async function readMetricsPage(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  if (!response.ok) throw new Error(`${url}/metrics answers ${response.status}`);
  return response.text();
}
