import { fused, plain } from './kernels.wasm.js';

/** What of `WebAssembly.Memory` is used here; its types belong to browsers. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** An address in linear memory; where a kernel takes nothing as well, 0 stands for it. */
export type Pointer = number;

/** Kinds of activation, as the kernels count them. */
export const ACTIVATIONS = { linear: 0, relu: 1, relu6: 2, tanh: 3, sigmoid: 4, hardSigmoid: 5 } as const;

/** The training kernels; parameters are those of the C functions, which `kernels/` describes. */
export interface TrainingKernels {
  /** A list of kernels with their arguments: see `tape.c`. */
  readonly run_tape: (tape: Pointer, step: Pointer) => void;
  readonly conv_scratch_bytes: (conv: Pointer) => number;
  readonly conv_forward: (
    conv: Pointer,
    x: Pointer,
    w: Pointer,
    bias: Pointer,
    y: Pointer,
    activation: number,
    scratch: Pointer,
  ) => void;
  readonly conv_filter_gradient: (
    conv: Pointer,
    x: Pointer,
    dy: Pointer,
    dw: Pointer,
    db: Pointer,
    scratch: Pointer,
    again: number,
  ) => void;
  readonly conv_input_gradient: (conv: Pointer, dy: Pointer, w: Pointer, dx: Pointer, scratch: Pointer) => void;

  readonly depthwise_scratch_bytes: TrainingKernels['conv_scratch_bytes'];
  readonly depthwise_forward: TrainingKernels['conv_forward'];
  readonly depthwise_filter_gradient: TrainingKernels['conv_filter_gradient'];
  readonly depthwise_input_gradient: TrainingKernels['conv_input_gradient'];

  readonly matmul_scratch_bytes: (m: number, n: number, k: number) => number;
  readonly matmul: (
    m: number,
    n: number,
    k: number,
    a: Pointer,
    transposeA: number,
    b: Pointer,
    transposeB: number,
    bias: Pointer,
    c: Pointer,
    activation: number,
    scratch: Pointer,
  ) => void;
  readonly sum_rows: (x: Pointer, rows: number, columns: number, sums: Pointer) => void;

  readonly batch_norm_forward: (
    rows: number,
    channels: number,
    x: Pointer,
    gamma: Pointer,
    beta: Pointer,
    epsilon: number,
    y: Pointer,
    mean: Pointer,
    variance: Pointer,
    rstd: Pointer,
    activation: number,
  ) => void;
  readonly batch_norm_backward: (
    rows: number,
    channels: number,
    x: Pointer,
    y: Pointer,
    dy: Pointer,
    gamma: Pointer,
    mean: Pointer,
    rstd: Pointer,
    dx: Pointer,
    dgamma: Pointer,
    dbeta: Pointer,
    activation: number,
  ) => void;
  readonly batch_norm_inference: (
    rows: number,
    channels: number,
    x: Pointer,
    gamma: Pointer,
    beta: Pointer,
    mean: Pointer,
    variance: Pointer,
    epsilon: number,
    y: Pointer,
    activation: number,
  ) => void;

  readonly adam: (
    count: number,
    w: Pointer,
    gradient: Pointer,
    mean: Pointer,
    square: Pointer,
    out: Pointer,
    rate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    decay: number,
  ) => void;

  /** Gradient in front of an activation, from its result. */
  readonly activate_backward: (count: number, y: Pointer, dy: Pointer, dx: Pointer, activation: number) => void;
  readonly max_pool_forward: (conv: Pointer, x: Pointer, y: Pointer) => void;
  readonly max_pool_gradient: (conv: Pointer, x: Pointer, dy: Pointer, dx: Pointer, activation: number) => void;
  readonly average_pool_forward: (conv: Pointer, x: Pointer, y: Pointer) => void;
  readonly average_pool_gradient: (conv: Pointer, dy: Pointer, dx: Pointer) => void;
  readonly segment_sum: (rows: number, width: number, count: number, x: Pointer, segments: Pointer, y: Pointer) => void;

  readonly lstm_scratch_bytes: (recurrent: Pointer) => number;
  readonly lstm_forward: (
    recurrent: Pointer,
    gates: Pointer,
    kernel: Pointer,
    bias: Pointer,
    cells: Pointer,
    hidden: Pointer,
  ) => void;
  readonly lstm_backward: (
    recurrent: Pointer,
    gates: Pointer,
    kernel: Pointer,
    cells: Pointer,
    hidden: Pointer,
    dHidden: Pointer,
    dLast: Pointer,
    dGates: Pointer,
    dKernel: Pointer,
    dBias: Pointer,
    scratch: Pointer,
  ) => void;
  readonly gru_scratch_bytes: TrainingKernels['lstm_scratch_bytes'];
  readonly gru_forward: TrainingKernels['lstm_forward'];
  readonly gru_backward: TrainingKernels['lstm_backward'];
}

interface WebAssemblyApi {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: TrainingKernels & { readonly __stack_pointer: { value: number } } };
}

/** What {@link instantiate} needs reserved for the kernels' stack. */
export const STACK_BYTES = 65536;

let compiled: object | undefined;

/**
 * The kernels on a memory. They touch nothing but what they are pointed at and their stack: `STACK_BYTES` from `stack`,
 * a multiple of 16, which the caller has reserved for good. They may read up to 64 bytes behind a buffer.
 *
 * @throws what WebAssembly throws where it lacks SIMD, or the memory is shared between threads
 */
export function instantiate(memory: LinearMemory, stack: Pointer): TrainingKernels {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  compiled ??= new WebAssembly.Module(bestModule(WebAssembly));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  exports.__stack_pointer.value = stack + STACK_BYTES;
  return exports;
}

/**
 * The module with fused multiply-add where it runs, which is everywhere but in browsers before 2023 and in Node 20.
 * That knows the instructions, too, behind a switch of the engine which may be turned while it runs.
 */
function bestModule({ validate }: WebAssemblyApi): Uint8Array {
  const bytes = bytesOf(fused);
  if (validate(bytes)) return bytes;
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const v8 = process?.getBuiltinModule?.('node:v8') as { setFlagsFromString?: (flag: string) => void } | undefined;
  v8?.setFlagsFromString?.('--experimental-wasm-relaxed-simd');
  return validate(bytes) ? bytes : bytesOf(plain);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
