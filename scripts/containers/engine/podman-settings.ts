import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type PodmanFolders = {
  /** Kept: images and their layers. */
  cache: string;
  /** Gone with the engine: sockets, containers' states, volumes, networks. */
  run: string;
};

/**
 * Settings of a Podman of our own, which neither reads nor touches the machine's.
 *
 * @returns the environment that leads Podman and Buildah to them
 */
export async function writePodmanSettings(folders: PodmanFolders): Promise<Record<string, string>> {
  const { cache, run } = folders;
  await mkdir(join(run, "networks"), { recursive: true });
  await mkdir(cache, { recursive: true });
  // It remembers the folders of the run before, and containers that died with it.
  await rm(join(cache, "storage/libpod"), { recursive: true, force: true });
  const containers = [
    "[containers]",
    // A container gets no more than its parent may have, and Podman asks for a million.
    'default_ulimits = ["nofile=20000:20000", "nproc=4000:4000"]',
    'log_driver = "k8s-file"',
    "[engine]",
    // There is no systemd to ask, and crun refuses version 1 of control groups.
    'cgroup_manager = "cgroupfs"',
    'runtime = "runc"',
    'events_logger = "file"',
    // Where a container's end looks for it, too: that command is given the folder of the storage alone.
    `static_dir = "${join(cache, "storage/libpod")}"`,
    `tmp_dir = "${join(run, "libpod")}"`,
    `volume_path = "${join(run, "volumes")}"`,
    "[network]",
    `network_config_dir = "${join(run, "networks")}"`,
  ];
  const storage = [
    "[storage]",
    'driver = "overlay"',
    `graphroot = "${join(cache, "storage")}"`,
    `runroot = "${join(run, "storage")}"`,
  ];
  const registries = ['unqualified-search-registries = ["docker.io"]', 'short-name-mode = "permissive"'];
  const files = { "containers.conf": containers, "storage.conf": storage, "registries.conf": registries };
  for (const [name, lines] of Object.entries(files)) {
    await writeFile(join(run, name), `${lines.join("\n")}\n`);
  }
  return toPodmanEnvironment(run);
}

/** Leads Podman and Buildah to the settings in a folder. */
export function toPodmanEnvironment(run: string): Record<string, string> {
  return {
    CONTAINERS_CONF: join(run, "containers.conf"),
    CONTAINERS_STORAGE_CONF: join(run, "storage.conf"),
    CONTAINERS_REGISTRIES_CONF: join(run, "registries.conf"),
    TMPDIR: run,
  };
}
