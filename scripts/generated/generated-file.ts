/** A file that is made from the sources and committed. */
export type GeneratedFile = {
  /** From the root of the repository. */
  path: string;
  text: string;
};
