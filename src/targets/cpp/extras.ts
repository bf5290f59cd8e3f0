import type { CompatibleOptions } from '../compat/options.js';
import type { PostprocessOptions } from './postprocess.js';

/** What a library may hold beside the impulse. Every part is a file of its own, and linked only where it is called. */
export interface LibraryExtras {
  /** Adds `<name>_postprocess.h`: detections from the scores of windows that follow each other. */
  readonly postprocess?: PostprocessOptions | undefined;
  /** Adds `<name>_self_test.h`: a check at boot that needs no recorded window. */
  readonly selfTest?: boolean | undefined;
  /** Adds `<name>_dump.h`: the values of every step and layer as text, for `compareDump`. */
  readonly dump?: boolean | undefined;
  /**
   * Adds headers with the names of Edge Impulse's C++ inferencing SDK, so that programs written against it compile with
   * this library.
   */
  readonly compatible?: boolean | CompatibleOptions | undefined;
}
