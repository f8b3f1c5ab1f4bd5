import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@kontor/kit/make-folder";

const ENDING = ".eml";

/** Mails as files of a folder, named so that their order is that of their arrival. */
export type MailFiles = {
  /** Names, oldest first. */
  list(): Promise<string[]>;
  read(id: string): Promise<Buffer>;
  /** On disk whole or not at all. */
  write(id: string, mail: Buffer): Promise<void>;
  remove(id: string): Promise<void>;
};

/** @param folder made when it is missing */
export async function openMailFiles(folder: string): Promise<MailFiles> {
  makeFolder(folder);
  const toPath = (id: string) => join(folder, `${id}${ENDING}`);
  return {
    async list() {
      const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING));
      return names.sort().map((name) => name.slice(0, -ENDING.length));
    },
    read: (id) => readFile(toPath(id)),
    async write(id, mail) {
      const part = join(folder, `${id}.part`);
      await writeFile(part, mail, { flush: true });
      await rename(part, toPath(id));
    },
    remove: (id) => rm(toPath(id), { force: true }),
  };
}

/** For a catcher without a folder: nothing outlives the process. */
export function createMemoryFiles(): MailFiles {
  const mails = new Map<string, Buffer>();
  return {
    list: async () => [...mails.keys()].sort(),
    async read(id) {
      const mail = mails.get(id);
      if (mail === undefined) throw new Error(`no mail ${id}`);
      return mail;
    },
    write: async (id, mail) => void mails.set(id, mail),
    remove: async (id) => void mails.delete(id),
  };
}
