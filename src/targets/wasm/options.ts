import type { Optimize } from '../../cpp.js';

export interface WasmOptions {
  /** Name of the impulse: C++ namespace and stem of the file names. */
  name: string;
  /** Whether the binaries lie in the script as text; else in files beside it, of which only one is loaded. Default true. */
  embed?: boolean | undefined;
  /** Binaries to make. Of several, the module takes the fastest that the engine knows. Default: both. */
  variants?: readonly WasmVariant[] | undefined;
  /** Least size, or least time. Default `speed`. */
  optimize?: Optimize | undefined;
  /** What the module says of itself in `getProjectInfo()`. */
  project?: { readonly id?: number; readonly owner?: string; readonly name?: string; readonly deployVersion?: number };
}

/** `simd`: for engines with SIMD, which is all since 2023; `scalar`: for every engine there ever was. */
export type WasmVariant = 'simd' | 'scalar';
