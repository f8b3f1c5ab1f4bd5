import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { repository } from "../../starter/install.mjs";

const composeFile = z.object({
  services: z.record(z.string(), z.object({ image: z.string(), build: z.unknown().optional() })),
});

/** Images of others that docker-compose.yml and the Dockerfiles start from, such as `postgres:18.6-bookworm`; each once. */
export function listForeignImages(): string[] {
  const read = (path: string) => readFileSync(join(repository, path), "utf8");
  const { services } = composeFile.parse(parse(read("docker-compose.yml"), { merge: true }));
  const run = Object.values(services).flatMap(({ image, build }) => (build === undefined ? [image] : []));
  const built = ["Dockerfile", "otel-collector/Dockerfile"].flatMap((path) =>
    [...read(path).matchAll(/^FROM (\S+:\S+)/gm)].map(([, image = ""]) => image),
  );
  return [...new Set([...run, ...built])];
}

/** Services whose image is one of these. */
export function listServicesOf(images: readonly string[]): string[] {
  const text = readFileSync(join(repository, "docker-compose.yml"), "utf8");
  const { services } = composeFile.parse(parse(text, { merge: true }));
  return Object.entries(services).flatMap(([name, { image }]) => (images.includes(image) ? [name] : []));
}
