import { posix } from "node:path";
import { type SourceFile, withoutComments } from "./repository-files.ts";

/** A room, and what else of ours its files may import besides their own room. The same table stands in ARCHITECTURE.md. */
export type Room = { rooms: string[]; may: string };

export const roomTable: readonly Room[] = [
  { rooms: ["observer/src/config"], may: "observer/src/signals, kit/nearest-name" },
  { rooms: ["observer/src/signals"], may: "kit/metric-names" },
  { rooms: ["observer/src/store"], may: "observer/src/signals, kit/make-folder" },
  { rooms: ["observer/src/ingest"], may: "observer/src/store, observer/src/signals, kit/metric-names" },
  { rooms: ["observer/src/rules"], may: "observer/src/config, observer/src/signals, kit/nearest-name" },
  {
    rooms: ["observer/src/diagnosis"],
    may: "observer/src/config, observer/src/store, observer/src/rules, observer/src/alerts, observer/src/signals",
  },
  {
    rooms: ["observer/src/alerts"],
    may: "observer/src/config, observer/src/rules, observer/src/signals, kit",
  },
  {
    rooms: ["observer/src/reports"],
    may: "observer/src/config, observer/src/rules, observer/src/diagnosis, observer/src/alerts, observer/src/store, observer/src/signals, kit",
  },
  {
    rooms: ["observer/src/state"],
    may: "observer/src/alerts, observer/src/diagnosis, observer/src/reports, observer/src/rules, observer/src/config, observer/src/signals, kit",
  },
  {
    rooms: ["observer/src/exports"],
    may: "observer/src/config, observer/src/rules, observer/src/store, observer/src/signals, kit/metric-names",
  },
  { rooms: ["observer/src/engine"], may: "every room of the observer above, kit" },
  { rooms: ["observer/src/http"], may: "every room of the observer above, kit" },
  { rooms: ["observer/src/open-observer.ts"], may: "every room of the observer above, kit" },
  { rooms: ["observer/src/cli"], may: "every room of the observer above, kit" },
  { rooms: ["observer/src/main.ts"], may: "everything of the observer, kit" },
  { rooms: ["services/kit"], may: "itself" },
  {
    rooms: ["gateway", "auth", "core-erp", "notification", "mail-catcher"].map((name) => `services/${name}`),
    may: "kit",
  },
  { rooms: ["perf"], may: "observer/src/config, observer/src/cli, kit/metric-names" },
  { rooms: ["scripts"], may: "observer/src/config, observer/src/exports, observer/src/cli, perf, kit" },
];

/** The table of a Markdown page under the heading `Rooms`. */
export function readRoomTable(markdown: string): Room[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith("Rooms\n")) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => {
    const [, rooms = "", may = ""] = row.split("|").map((cell) => cell.trim().replaceAll("`", ""));
    return { rooms: rooms.split(", "), may };
  });
}

/** Path prefixes that the words of a `may` cell stand for. */
function expand(may: string, above: readonly Room[]): string[] {
  return may.split(", ").flatMap((word) => {
    if (word === "itself") return [];
    if (word === "everything of the observer") return ["observer/src/"];
    if (word === "every room of the observer above") {
      return above.flatMap(({ rooms }) =>
        rooms.filter((room) => room.startsWith("observer/src/")).map(toPrefix),
      );
    }
    return [toPrefix(word)];
  });
}

function toPrefix(word: string): string {
  if (word === "kit") return "services/kit/";
  if (word.startsWith("kit/")) return `services/kit/src/${word.slice("kit/".length)}.ts`;
  return word.endsWith(".ts") ? word : `${word}/`;
}

/** A test belongs to its package, and may besides import what tests need: everything of that package, and kit. */
function findRoom(path: string): { own: string; may: string[] } | undefined {
  if (/^observer\/(test|bench)\//.test(path)) return { own: "observer/", may: ["services/kit/"] };
  for (const [index, { rooms, may }] of roomTable.entries()) {
    const room = rooms.map(toPrefix).find((prefix) => path.startsWith(prefix));
    if (room !== undefined) return { own: room, may: expand(may, roomTable.slice(0, index)) };
  }
  return undefined;
}

/** @returns one line for each import that the table does not allow, and for each file that is in no room */
export function findForbiddenImports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const room = findRoom(file.path);
    if (room === undefined) return [`${file.path} is in no room of the table`];
    return readImports(file)
      .filter((target) => ![room.own, ...room.may].some((prefix) => target.startsWith(prefix)))
      .map((target) => `${file.path} imports ${target}`);
  });
}

/** Paths of the files of ours that a file imports, by whatever kind of import. */
export function readImports(file: SourceFile): string[] {
  const specifier = /(?:\bfrom|\bimport|\bimport\()\s*["']([^"']+)["']/g;
  return [...withoutComments(file.text).matchAll(specifier)].flatMap(([, name = ""]) =>
    resolve(file.path, name),
  );
}

function resolve(from: string, name: string): string[] {
  if (name.startsWith(".")) return [posix.join(posix.dirname(from), name)];
  const [, workspace, path] = /^@kontor\/([^/]+)\/(.+)$/.exec(name) ?? [];
  if (workspace === undefined) return name.startsWith("@kontor/") ? [`${name} (no path)`] : [];
  const folder = workspace === "observer" || workspace === "perf" ? workspace : `services/${workspace}`;
  return [`${folder}/src/${path}.ts`];
}
