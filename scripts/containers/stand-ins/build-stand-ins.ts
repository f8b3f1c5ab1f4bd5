import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../starter/install.mjs";
import type { PodmanEngine } from "../engine/podman.ts";
import { runCommand } from "../run-command.ts";
import { makeDebian, type Recipe, recipes } from "./recipes.ts";

const debian = "debian:bookworm-slim";
/** Says of an image which recipe it was made by. */
const label = "kontor.recipe";

/**
 * Makes an image under its official name for every image that is wanted and can be made here: of Debian's packages, npm's and
 * the servers of `npm run servers`. They stand in where no image registry can be reached; entry point, user and
 * paths are the official ones as far as docker-compose.yml relies on them. What is there already is kept.
 *
 * @param wanted such as `postgres:18.6-bookworm`
 * @param say progress, for people
 * @returns those that cannot be made here
 * @throws CommandError; Error saying which server cannot be had and why
 */
export async function buildStandIns(
  engine: PodmanEngine,
  wanted: readonly string[],
  say: (line: string) => void,
): Promise<string[]> {
  await provide(engine, debian, "1", say, (context) => importDebian(engine, context));
  // Others copy from it.
  const inOrder = wanted.toSorted(
    (a, b) => Number(b.startsWith("busybox")) - Number(a.startsWith("busybox")),
  );
  for (const image of inOrder) {
    const recipe = recipes[withoutTag(image)];
    if (recipe === undefined) continue;
    const mark = createHash("sha256")
      .update(await readRecipe(recipe))
      .digest("hex")
      .slice(0, 12);
    await provide(engine, image, mark, say, async (context) => {
      await recipe.fill(context, say);
      const file = join(repository, "scripts/containers/stand-ins", recipe.name, "Dockerfile");
      const options = ["--network", "host", "--label", `${label}=${mark}`, "--tag", toFullName(image)];
      await engine.podman(["build", ...options, "--file", file, context]);
    });
  }
  return wanted.filter((image) => recipes[withoutTag(image)] === undefined && image !== debian);
}

async function provide(
  engine: PodmanEngine,
  image: string,
  mark: string,
  say: (line: string) => void,
  make: (context: string) => Promise<void>,
): Promise<void> {
  const format = `{{index .Labels "${label}"}}`;
  const found = await engine
    .podman(["image", "inspect", "--format", format, toFullName(image)])
    .catch(() => "");
  if (found.trim() === mark) return;
  const startedAt = performance.now();
  const context = await mkdtemp(join(tmpdir(), "kontor-stand-in-"));
  try {
    await make(context);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  say(`A stand-in for ${image} was made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
}

async function importDebian(engine: PodmanEngine, context: string): Promise<void> {
  const root = join(context, "root");
  await makeDebian(root);
  const archive = join(context, "root.tar");
  await runCommand("tar", ["--create", "--file", archive, "--directory", root, "."]);
  await engine.podman([
    "import",
    "--change",
    `LABEL ${label}=1`,
    "--change",
    'CMD ["bash"]',
    archive,
    toFullName(debian),
  ]);
}

/** Every file of its folder: a changed entry point makes another image, too. */
async function readRecipe(recipe: Recipe): Promise<string> {
  const folder = join(repository, "scripts/containers/stand-ins", recipe.name);
  const names = (await readdir(folder)).sort();
  return (await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
}

/** As Docker stores it. */
function toFullName(image: string): string {
  const [first = ""] = image.split("/");
  if (!image.includes("/")) return `docker.io/library/${image}`;
  return first.includes(".") ? image : `docker.io/${image}`;
}

function withoutTag(image: string): string {
  return image.replace(/:[^/]*$/, "").replace(/^docker\.io\/(library\/)?/, "");
}
