import type { BuildRecipe } from '../../program.js';

/** Turns the sources of a bundle into one binary. Knows nothing of impulses, networks or engines. */
export interface Toolchain {
  /** What the build report calls it: `gcc`, `arm-none-eabi`. */
  readonly name: string;
  /** One sentence for who does not have it: which package to install. */
  readonly fix: string;
  /** Looks for it on this machine; undefined when it is not there. Throws nothing. */
  readonly find: () => Promise<FoundToolchain | undefined>;
}

/** A toolchain that is there and answers. */
export interface FoundToolchain {
  /** What it says of itself, one line. */
  readonly version: string;
  /** What it adds to the flags of every recipe; for the build report. */
  readonly flags?: readonly string[];
  /**
   * Compiles and links the sources of `recipe`, paths relative to the folder `sourceDir`, into the file `outFile`.
   * `sourceDir` is for reading only.
   *
   * @throws `COMPILE_FAILED` with the first lines of the messages, `ABORTED`
   */
  readonly compile: (
    sourceDir: string,
    recipe: BuildRecipe,
    outFile: string,
    signal?: AbortSignal | undefined,
  ) => Promise<void>;
}
