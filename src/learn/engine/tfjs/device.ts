import type { TensorInfo } from '@tensorflow/tfjs-core';
import { fail } from '../../../errors.js';
import { instantiate, type LinearMemory, type Pointer, STACK_BYTES, type TrainingKernels } from '../module.js';

/** What of the WebAssembly backend of TensorFlow.js 4.22 is used here. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: Readonly<Record<string, unknown>>;
    _malloc(bytes: number): Pointer;
    _free(at: Pointer): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: Pointer } };
  makeOutput(shape: readonly number[], dtype: 'float32'): TensorInfo;
  disposeData(dataId: object): void;
  refCount(dataId: object): number;
}

const DESCRIPTOR_BYTES = 64;
const ALIGNMENT = 16;

/** The training kernels on the memory of a WebAssembly backend, where its tensors lie. */
export class Device {
  readonly kernels: TrainingKernels;
  private readonly memory: LinearMemory;
  private readonly descriptor: Pointer;
  private scratchAt: Pointer = 0;
  private scratchBytes = 0;

  constructor(private readonly backend: WasmBackend) {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: new () => LinearMemory } };
    this.memory = Object.values(backend.wasm.asm).find((part) => part instanceof WebAssembly.Memory) as LinearMemory;
    const reserved = this.allocate(DESCRIPTOR_BYTES + STACK_BYTES + ALIGNMENT);
    this.descriptor = Math.ceil(reserved / ALIGNMENT) * ALIGNMENT;
    this.kernels = kernelsOn(this.memory, this.descriptor + DESCRIPTOR_BYTES);
  }

  /** Where a tensor lies; nowhere if there is none. */
  at(tensor: TensorInfo | undefined | null): Pointer {
    return tensor ? this.backend.dataIdMap.get(tensor.dataId).memoryOffset : 0;
  }

  /** A new tensor, its values not set. */
  output(shape: readonly number[]): TensorInfo {
    return this.backend.makeOutput(shape, 'float32');
  }

  dispose(tensor: TensorInfo): void {
    this.backend.disposeData(tensor.dataId);
  }

  /** Whether nobody else holds the values of a tensor, so that they may be written over. */
  owns(tensor: TensorInfo): boolean {
    return this.backend.refCount(tensor.dataId) === 1;
  }

  /** A descriptor for the next call of a kernel. */
  describe(words: readonly number[]): Pointer {
    new Int32Array(this.memory.buffer, this.descriptor, words.length).set(words);
    return this.descriptor;
  }

  /** Memory for one call of a kernel; the next call of this function may give the same. */
  scratch(bytes: number): Pointer {
    if (bytes > this.scratchBytes) {
      if (this.scratchAt) this.backend.wasm._free(this.scratchAt);
      this.scratchAt = this.allocate(bytes);
      this.scratchBytes = bytes;
    }
    return this.scratchAt;
  }

  private allocate(bytes: number): Pointer {
    // Read as the unsigned number it is: memory may be larger than 2 GiB.
    const at = this.backend.wasm._malloc(bytes) >>> 0;
    if (at === 0) throw new RangeError(`no memory for ${bytes} bytes of scratch`);
    return at;
  }
}

function kernelsOn(memory: LinearMemory, stack: Pointer): TrainingKernels {
  try {
    return instantiate(memory, stack);
  } catch (cause) {
    return fail({
      code: 'UNSUPPORTED',
      where: 'impulsekit/learn/engine',
      got: 'a WebAssembly backend without SIMD, or with memory shared between threads',
      expected: 'one with SIMD and a memory of its own',
      fix: 'Import impulsekit/learn/engine before the first use of TensorFlow.js, or use another backend.',
      cause,
    });
  }
}

const devices = new WeakMap<object, Device>();

/** The kernels on a backend; made at the first call. */
export function deviceOf(backend: object): Device {
  let device = devices.get(backend);
  if (!device) {
    device = new Device(backend as WasmBackend);
    devices.set(backend, device);
  }
  return device;
}
