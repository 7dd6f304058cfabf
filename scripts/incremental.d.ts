/** Files and folders, relative to the root, with `/`. A folder stands for all files in it; `!` before a name leaves it out. */
type Names = readonly string[];

export interface Part {
  readonly name: string;
  /** The Node.js program that builds the part, and its arguments. */
  readonly command: readonly string[];
  readonly sources: Names;
  /** The programs that build the part, their settings and versions. A change of these makes the part anew, from no outputs. */
  readonly tools: Names;
  /** Folders hold nothing else: the part's build may empty them. */
  readonly outputs: Names;
}

export interface Build {
  readonly root: string;
  /** The folder for the stamps: what each part was built from, and what came of it. */
  readonly cache: string;
  /** In the order of building: a later part may have outputs of an earlier one among its sources. */
  readonly parts: readonly Part[];
  /** Told of each part before it is built. */
  readonly onBuild: (part: string) => void;
}

/**
 * Builds each part whose sources, tools or outputs are not those of its last complete build.
 * @throws Error when a part's program fails or leaves an output out; later parts are not built then
 */
export function buildChanged(build: Build): Promise<void>;
