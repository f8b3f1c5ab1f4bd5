import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome"];
const usualPlaces = ["/usr/bin/chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/**
 * The Chromium that browser tests drive: `CHROMIUM_PATH`, else the usual places, else what `PATH` has.
 *
 * @throws Error saying where it looked and how to mend it
 */
export function findChromium(
  environment: Readonly<Record<string, string | undefined>>,
  places: readonly string[] = usualPlaces,
): string {
  const { CHROMIUM_PATH: chosen, PATH: path = "" } = environment;
  if (chosen !== undefined && chosen !== "") {
    if (canRun(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH is ${chosen}, which is no program that can be run. ${advice}`);
  }
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const found = [...places, ...folders.flatMap((folder) => names.map((name) => join(folder, name)))].find(
    canRun,
  );
  if (found !== undefined) return found;
  throw new Error(`No Chromium at ${places.join(", ")} or as ${names.join(", ")} on PATH. ${advice}`);
}

const advice =
  "Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to a Chromium or Chrome you have.";

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
