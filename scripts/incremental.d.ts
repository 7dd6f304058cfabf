/** Paths of files and folders, relative to the root, with `/`. A folder means all files in it. `!` before a path excludes it. */
type Names = readonly string[];

export interface Part {
  readonly name: string;
  /** The Node.js program that builds the part, and its arguments. */
  readonly command: readonly string[];
  readonly sources: Names;
  /** The programs that build the part, and their settings and versions. If one of them changes, the old outputs are deleted before the build. */
  readonly tools: Names;
  /** Output folders must have no other files, because the build may empty them. */
  readonly outputs: Names;
}

export interface Build {
  readonly root: string;
  /** The folder for the stamps. A stamp has the hashes of a part's sources and outputs. */
  readonly cache: string;
  /** The parts in build order. Outputs of a part may be sources of a later part. */
  readonly parts: readonly Part[];
  /** Called with the name of a part before it is built. */
  readonly onBuild: (part: string) => void;
}

/**
 * Builds each part whose sources, tools or outputs have changed since its last complete build.
 * @throws Error if the program of a part fails or does not write an output. Later parts are not built then.
 */
export function buildChanged(build: Build): Promise<void>;
