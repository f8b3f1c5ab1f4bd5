import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ComposeProject, openComposeProject } from "../../containers/system/compose-project.ts";
import type { ContainerSystem } from "../../containers/system/container-system.ts";

/** Every ordinary mistake is told by compose or by the part: which it is, and what to do. */
export function describeMistakes(running: () => ContainerSystem): void {
  /** A second project beside the running one, which is removed again. */
  const attemptUp = async (
    changed: Record<string, string>,
    args: readonly string[],
    prepare: (other: ComposeProject) => Promise<unknown> = async () => {},
  ) => {
    const { engine, project } = running();
    const environment = { ...project.environment, ...changed };
    const other = openComposeProject(engine, `${project.name}-other`, environment);
    try {
      await prepare(other);
      const { code, stdout, stderr } = await other.attempt(["up", "--no-build", "--no-deps", ...args], {
        timeoutMs: 60_000,
      });
      return { code, said: `${stdout}\n${stderr}` };
    } finally {
      await other.attempt(["--profile", "*", "down", "--volumes", "--timeout", "2"]);
    }
  };

  describe("a mistake", () => {
    it("secrets that were never made: compose names the command", async () => {
      const { code, said } = await attemptUp({ KONTOR_SECRETS: "" }, ["--detach", "gateway"]);
      expect(code).not.toBe(0);
      expect(said).toContain("npm run secrets");
    });

    it("a secret that was removed: its file is named", async () => {
      const folder = await mkdtemp(join(tmpdir(), "kontor-no-secrets-"));
      try {
        const changed = { KONTOR_SECRETS: folder };
        const { said } = await attemptUp(changed, ["--abort-on-container-exit", "auth"]);
        expect(said).toContain("auth_password");
        // Docker refuses to start; where an engine does not, the service does.
        expect(said).toMatch(/does not exist|can be read/);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

    it("a taken port: it is named", async () => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
      const address = taken.address();
      const port = String(typeof address === "object" ? address?.port : "");
      const { code, said } = await attemptUp({ MAIL_PORT: port }, ["--detach", "mail-catcher"]);
      await new Promise((resolve) => taken.close(resolve));
      expect(code).not.toBe(0);
      expect(said).toContain(port);
      expect(said).toMatch(/in use|allocated/);
    });

    it("data of another version of PostgreSQL: the database names both and what to do, and begins no empty one", async () => {
      const old = "/var/lib/postgresql/17/docker";
      const put = `mkdir -p ${old} && echo 17 > ${old}/PG_VERSION`;
      const { code, said } = await attemptUp({}, ["--abort-on-container-exit", "postgres"], (other) =>
        other.run(["run", "--rm", "--no-deps", "--entrypoint", "sh", "postgres", "-c", put]),
      );
      expect(code).not.toBe(0);
      expect(said).toContain(old);
      expect(said).toContain("pg_upgrade");
      expect(said).not.toContain("ready to accept connections");
    });

    it("too little memory: the part says how much it has, how much it needs and where to give it", async () => {
      const { engine, project } = running();
      const image = "kontor/mail-catcher:0.0.0-test";
      const started = await engine.docker([
        "run",
        "--detach",
        "--memory",
        "64m",
        "--name",
        `${project.name}-small`,
        image,
      ]);
      expect(started.stderr).not.toMatch(/error/i);
      await engine.docker(["wait", `${project.name}-small`], { timeoutMs: 30_000 });
      const { stdout, stderr } = await engine.docker(["logs", `${project.name}-small`]);
      await engine.docker(["rm", "--force", `${project.name}-small`]);
      expect(`${stdout}${stderr}`).toMatch(/may use 6\d MB of memory and needs 128\. Raise mem_limit/);
    });

    it("a variable with a wrong value: the part names it and what is allowed", async () => {
      const { code, said } = await attemptUp({ DEMO_ACCOUNTS: "maybe" }, [
        "--abort-on-container-exit",
        "auth",
      ]);
      expect(code).not.toBe(0);
      expect(said).toContain('DEMO_ACCOUNTS: given \\"maybe\\"; allowed: true or false');
    });
  });
}
