import type { ProcessingStage, TrainedBlock } from './block.js';
import type { Engine } from './engine.js';
import type { Spec } from './spec.js';

/** A trained impulse as a list of steps over one arena: all that deployments and estimates look at. */
export interface Program {
  readonly input: Spec<'signal'> | Spec<'image'>;
  /** What kind of sensor feeds the window; decides nothing but what a deployment tells its clients. */
  readonly sensor: 'microphone' | 'accelerometer' | 'camera' | 'unknown';
  /** How pictures of another size are brought to the input's; images only. */
  readonly resizeMode?: 'squash' | 'fit-short' | 'fit-long';
  /** Step from one window to the next, in time steps; 0 when windows do not slide. */
  readonly strideSamples: number;
  readonly dsp: readonly DspStep[];
  readonly learn: readonly LearnStep[];
  /** Static working memory of the whole impulse: features, DSP scratch and network arena, overlapped by lifetime. */
  readonly arenaBytes: number;
  /** Real windows with the outputs computed here, embedded so that a device can check itself. */
  readonly golden: readonly GoldenWindow[];
  /** The saved form of the impulse as JSON text: enough to know what was built, and to build it again with its weights. */
  readonly design: string;
  /** What turned its networks into C++; absent: the native engine. */
  readonly engine?: Engine;
}

export interface DspStep {
  readonly name: string;
  readonly type: string;
  readonly stage: ProcessingStage;
  /** How its features are stored: int8 when they are written straight into the form its only learner takes. */
  readonly dtype: 'f32' | 'int8';
  /** Byte offset of the features in the arena. */
  readonly outputOffset: number;
  readonly scratchOffset: number;
}

export interface LearnStep {
  readonly name: string;
  /** Indices into {@link Program.dsp}, concatenated in this order. */
  readonly inputs: readonly number[];
  readonly block: TrainedBlock;
  /** Where several inputs are concatenated; equal to the only input's `outputOffset` when there is one. */
  readonly inputOffset: number;
  readonly scratchOffset: number;
}

export interface GoldenWindow {
  readonly label: string;
  readonly window: Float32Array;
  /** One row per DSP step. */
  readonly features: readonly Float32Array[];
  /** One row per learning step, whatever it answers with: scores, an anomaly score, a value or cells. */
  readonly scores: readonly Float32Array[];
}

/** A file tree as data: paths with `/`, text or bytes. Emission ends here; disks and compilers are elsewhere. */
export interface Bundle {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** How to turn the files into one binary, for deployments that end in one. */
  readonly build?: BuildRecipe;
}

export interface BuildRecipe {
  /** C++ sources to compile and link, in this order. */
  readonly sources: readonly string[];
  readonly flags: readonly string[];
  readonly libraries: readonly string[];
  /** Name of the toolchain it is for, when that is not the compiler of this machine: `wasm`, `arm-none-eabi`. */
  readonly toolchain?: string;
  /** Core of the microcontroller it is for, as its toolchain names it: `cortex-m4f`. */
  readonly cpu?: string;
  /** What is put around WebAssembly; absent for other binaries. */
  readonly module?: ModuleRecipe;
}

/** An ES module around WebAssembly binaries. */
export interface ModuleRecipe {
  /** The sources are compiled once for each, with these flags added: `{ simd: ['-msimd128'], scalar: [] }`. */
  readonly variants: Readonly<Record<string, readonly string[]>>;
  /** A JavaScript file of the bundle. `{{simd}}` in it stands for the variant of that name: in base64, or its file name. */
  readonly script: string;
  /** The types of the script, a file of the bundle that is put beside it. */
  readonly types: string;
  /** Whether the binaries become text of the script; else they are files beside it. */
  readonly embed: boolean;
}

/** A deployment: a pure function from a trained impulse to files. */
export interface DeploymentBlock {
  readonly role: 'deploy';
  readonly type: string;
  /** What the block was made with, as JSON; absent where it cannot be written down. `rebuild` makes the block from it. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly emit: (program: Program) => Bundle;
}
