import type { ProcessingStage, TrainedBlock } from './block.js';
import type { Spec } from './spec.js';

/** A trained impulse as a list of steps over one arena: all that deployments and estimates look at. */
export interface Program {
  readonly input: Spec<'signal'> | Spec<'image'>;
  /** What kind of sensor feeds the window; decides nothing but what a deployment tells its clients. */
  readonly sensor: 'microphone' | 'accelerometer' | 'camera' | 'unknown';
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
}

/** A deployment: a pure function from a trained impulse to files. */
export interface DeploymentBlock {
  readonly role: 'deploy';
  readonly type: string;
  readonly emit: (program: Program) => Bundle;
}
