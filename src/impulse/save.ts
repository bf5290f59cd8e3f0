import type { FitReport, SavedBlock } from '../block.js';
import type { Bundle } from '../program.js';
import { type BoundDesign, mapValues, type TrainedLearner } from './design.js';
import type { Origin } from './origin.js';
import type { LabeledWindow } from './windows.js';

/** Version of the saved form; raised when older files can no longer be read. */
export const FORMAT = 1;

type ArrayType = 'f32' | 'i8' | 'i32';
export interface ArrayRef {
  readonly type: ArrayType;
  /** Bytes from the start of `weights.bin`. */
  readonly offset: number;
  readonly length: number;
}
export interface LearnJson extends SavedBlock {
  readonly inputs: readonly string[];
  readonly dtype: string;
  readonly report: FitReport;
  readonly state: unknown;
  readonly arrays: Readonly<Record<string, ArrayRef>>;
}
export interface ImpulseJson {
  readonly format: number;
  readonly origin: Origin;
  readonly input: { readonly type: string; readonly params: Readonly<Record<string, unknown>> };
  readonly dsp: Readonly<Record<string, SavedBlock>>;
  readonly learn: Readonly<Record<string, LearnJson>>;
  readonly golden: readonly { readonly label: string; readonly group: string; readonly window: ArrayRef }[];
  /** The bytes of all arrays in base64; absent where `weights.bin` holds them. */
  readonly weights?: string;
  /** What was deployed, in the `impulse.json` of a deployment. */
  readonly deployment?: SavedDeployment;
}

/** A deployment block as JSON; without options it cannot be made again. */
export interface SavedDeployment {
  readonly type: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

export const ARRAYS = { f32: Float32Array, i8: Int8Array, i32: Int32Array } as const;

/** All that makes a trained impulse. */
export interface TrainedParts {
  readonly bound: BoundDesign;
  readonly learners: readonly TrainedLearner[];
  /** Windows kept for self-tests of what is deployed. */
  readonly golden: readonly LabeledWindow[];
  readonly origin: Origin;
}

/** The JSON that describes a trained impulse, without its golden windows: what programs carry. */
export function designText(parts: TrainedParts): string {
  return `${JSON.stringify(describe({ ...parts, golden: [] }, new ArrayWriter()), null, 2)}\n`;
}

/** All of a trained impulse and how it is deployed in one text: what a deployment ships, and is built from again. */
export function deployedText(parts: TrainedParts, { type, options }: SavedDeployment): string {
  const arrays = new ArrayWriter();
  const json = describe(parts, arrays);
  const deployment: SavedDeployment = { type, ...(options && { options }) };
  return `${JSON.stringify({ ...json, deployment, weights: toBase64(arrays.bytes()) }, null, 2)}\n`;
}

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  return btoa(parts.join(''));
}

/** Arguments of one call. */
const CHUNK = 8192;

/** `impulse.json` and `weights.bin`. */
export function savedImpulse(parts: TrainedParts): Bundle {
  const arrays = new ArrayWriter();
  const json = describe(parts, arrays);
  return { files: { 'impulse.json': `${JSON.stringify(json, null, 2)}\n`, 'weights.bin': arrays.bytes() } };
}

function describe({ bound, learners, golden, origin }: TrainedParts, arrays: ArrayWriter): ImpulseJson {
  const { input, dsp, learn } = bound.design;
  return {
    format: FORMAT,
    origin,
    input: { type: input.type, params: input.params },
    dsp: mapValues(dsp, ({ type, version, params }) => ({ type, version, params })),
    learn: Object.fromEntries(
      learners.map(({ name, inputs, block }) => {
        const { type, version, params } = learn[name]!.learner;
        const refs = mapValues(block.state.arrays, (array) => arrays.add(array));
        const { report, dtype } = block;
        return [name, { type, version, params, inputs, dtype, report, state: block.state.json, arrays: refs }];
      }),
    ),
    golden: golden.map(({ label, group, values }) => ({ label, group, window: arrays.add(values) })),
  };
}

class ArrayWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  add(array: Float32Array | Int8Array | Int32Array): ArrayRef {
    const type: ArrayType = array instanceof Float32Array ? 'f32' : array instanceof Int8Array ? 'i8' : 'i32';
    const ref = { type, offset: this.#length, length: array.length };
    const padded = new Uint8Array(Math.ceil(array.byteLength / 4) * 4);
    padded.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    this.#parts.push(padded);
    this.#length += padded.length;
    return ref;
  }

  bytes(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      out.set(part, offset);
      offset += part.length;
    }
    return out;
  }
}
