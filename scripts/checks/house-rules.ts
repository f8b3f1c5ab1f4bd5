import { counterLimitKeyNames, limitKeyNames } from "@kontor/observer/config/limit-keys";
import { placeOf, type SourceFile, withoutComments } from "./repository-files.ts";

/** Something that is not to be in files whose path matches. */
export type HouseRule = {
  name: string;
  where: RegExp;
  except?: RegExp;
  forbidden: RegExp;
  /** Comments are looked at, too. */
  inComments?: boolean;
};

const sources = /^(services|observer|perf)\/(.*\/)?src\/.*\.ts$/;
const everyTypeScript = /^(services|observer|perf|scripts)\/.*\.(ts|mjs)$/;
const tests = /^(services|observer|perf|scripts)\/.*\.test\.ts$/;
const pureRooms =
  /^observer\/src\/(signals|rules|diagnosis)\/.*\.ts$|^observer\/src\/alerts\/alert-machine\.ts$/;

const limitKey = `(?:${[...limitKeyNames, ...counterLimitKeyNames].join("|")})`;

export const houseRules: readonly HouseRule[] = [
  { name: "no process.exit: set process.exitCode", where: everyTypeScript, forbidden: /\bprocess\.exit\(/ },
  {
    name: "the environment is read in main.ts, in the telemetry preload, in scripts and where tests look for servers",
    where: sources,
    except: /\/main\.ts$|^services\/kit\/src\/(telemetry(\/.*)?(\.ts)?|testing\/servers\/.*)$/,
    forbidden: /\bprocess\.env\b/,
  },
  {
    name: "signals, rules, diagnosis and the alert machine read no clock",
    where: pureRooms,
    forbidden: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime|\bMath\.random\(/,
  },
  {
    name: "signals, rules, diagnosis and the alert machine open nothing",
    where: pureRooms,
    forbidden:
      /from "node:(fs|net|http|https|child_process|worker_threads|timers)\b|\bfetch\(|\bsetTimeout\(|\bsetInterval\(/,
  },
  { name: "no any", where: everyTypeScript, forbidden: /(:|<|\bas|\|)\s*any\b(?!\w)/ },
  { name: "no skipped or lonely tests", where: tests, forbidden: /\b(it|test|describe)\.(skip|only|todo)\b/ },
  { name: "no snapshots", where: tests, forbidden: /\.toMatch(Inline)?Snapshot\(/ },
  {
    name: "nothing is left for later in a comment",
    where: everyTypeScript,
    // The rule names what it forbids.
    except: /^scripts\/checks\/house-rules\.ts$/,
    forbidden: /\b(TODO|FIXME|XXX|HACK)\b/,
    inComments: true,
  },
  {
    name: "metric names come from the registry in kit/metric-names",
    where: sources,
    except: /^services\/kit\/src\/metric-names\.ts$/,
    forbidden: /\.create(Observable)?(Counter|Histogram|UpDownCounter|Gauge)\(\s*["'`]/,
  },
  {
    name: "no threshold stands in code: observer_config.json has them all",
    where: /^(services|observer|perf)\/(.*\/)?src\/.*\.(ts|js)$|^scripts\/(?!test\/).*(?<!\.test)\.(ts|mjs)$/,
    // The example in the reference of the file itself.
    except: /^observer\/src\/config\/to-reference\.ts$/,
    forbidden: new RegExp(
      `\\b${limitKey}\\b["'\\])]*\\s*(?:[:=<>,]|\\?\\?|\\|\\|)=*\\s*(?:\\{[^}]*?:\\s*)?[0-9]`,
    ),
  },
];

/** @returns one line for each place that breaks a rule */
export function findBrokenRules(rules: readonly HouseRule[], files: readonly SourceFile[]): string[] {
  return rules.flatMap(({ name, where, except, forbidden, inComments }) =>
    files
      .filter(({ path }) => where.test(path) && !except?.test(path))
      .flatMap((file) => {
        const text = inComments ? file.text : withoutComments(file.text);
        const found = [...text.matchAll(new RegExp(forbidden, "g"))];
        return found.map((match) => `${placeOf(file, match.index)} ${name}: ${match[0].trim()}`);
      }),
  );
}
