import { readFileSync } from 'node:fs';

interface Fixture {
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** PyTorch's outputs, one row per input. */
  readonly values: readonly (readonly number[])[];
}

const read = (file: string): Buffer => readFileSync(new URL(file, import.meta.url));

/** What fixtures.py wrote. */
export const FIXTURES = JSON.parse(read('outputs.json').toString()) as Readonly<Record<string, Fixture>>;

export function fixtureBytes(name: string): Uint8Array {
  return new Uint8Array(read(`${name}.onnx`));
}

/** Values `[1, C, H, W]` or `[1, C, T]` with channels last. */
export function channelsLast(values: ArrayLike<number>, shape: readonly number[]): Float32Array {
  const channels = shape[1]!;
  const positions = values.length / channels;
  return Float32Array.from(values, (_, i) => values[(i % channels) * positions + Math.floor(i / channels)]!);
}

/** Input number `row` in the order of ONNX, as fixtures.py makes it. */
export function fixtureInput({ input }: Fixture, row: number): Float32Array {
  const length = input.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, i) => ((i * 37 + row * 101) % 97) / 48 - 1);
}
