import type { TrainedBlock } from './block.js';
import type { CppStage } from './cpp.js';

/** The half of the compiler that turns the network of a trained block into C++. Knows nothing of toolchains. */
export interface Engine {
  /** What the library's README calls it. */
  readonly name: string;
  /**
   * The C++ that stands for `block.cpp`: same input, same output, and `stored` in the same form where the block has it.
   * Undefined for blocks the engine has nothing for, such as those that are no network: they keep their own.
   */
  readonly emit: (block: TrainedBlock) => CppStage | undefined;
  /** What its sources need of the project they become part of; absent: nothing. */
  readonly project?: EngineProject;
}

/** Text for the build files of an emitted library, whose target in CMake is `${PROJECT_NAME}`. */
export interface EngineProject {
  /** Default 11. */
  readonly cppStandard?: 11 | 14 | 17 | 20;
  /** Behind the definition of the library's target. */
  readonly cmake?: readonly string[];
  /** May add to `FLAGS`, and to `LIBRARIES` what programs are linked with: files that rules of theirs make, or that exist. */
  readonly make?: readonly string[];
  /** Paragraphs about what a user has to do. */
  readonly readme?: readonly string[];
}

/**
 * Our own engine, and the default: every network as C++ of its own, without an interpreter.
 *
 * @example
 * ```ts
 * const files = model.deploy(cppLibrary({ name: 'keyword', engine: native() }));
 * ```
 */
export function native(): Engine {
  return { name: 'native', emit: () => undefined };
}
