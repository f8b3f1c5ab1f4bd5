/** A file that is made from a configuration, by its path below the folder it is written to. */
export interface ExportedFile {
  readonly path: string;
  readonly text: string;
}
