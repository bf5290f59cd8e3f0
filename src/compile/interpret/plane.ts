import type { Taps, Window } from '../ops/common/window.js';

/** The input of a sliding window with its padding around it, in double and less its zero point. */
export interface Plane {
  readonly values: Float64Array;
  /** Elements from one row to the next, and from one column to the next. */
  readonly rowStep: number;
  readonly columnStep: number;
  /** Where the window of each output row starts, and of each output column within it. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** Reads the input; with `repeat` copies of every channel. */
  readonly load: (x: Float32Array | Int8Array, offset: number) => void;
}

/** Places a window's input in its padding; `size` may count more columns of taps than the window has. */
export function planeOf(w: Window, repeat = 1, size = w.columns.size): Plane {
  const columnStep = w.inChannels * repeat;
  const across = reach(w.columns, w.inWidth, size);
  const down = reach(w.rows, w.inHeight, w.rows.size);
  const rowStep = across * columnStep;
  const values = new Float64Array(down * rowStep);
  const first = w.rows.padding * rowStep + w.columns.padding * columnStep;
  return {
    values,
    rowStep,
    columnStep,
    rows: w.rows.origin.map((origin) => (origin + w.rows.padding) * rowStep),
    columns: w.columns.origin.map((origin) => (origin + w.columns.padding) * columnStep),
    load: (x, offset) => {
      const length = w.inWidth * w.inChannels;
      for (let row = 0; row < w.inHeight; row++) {
        const at = first + row * rowStep;
        if (repeat === 1) copyRow(x, row * length, length, offset, values, at);
        else repeatRow(x, row * length, length, offset, values, at, repeat);
      }
    },
  };
}

/** Padded size of a dimension. */
function reach({ padding, origin, dilation }: Taps, input: number, size: number): number {
  return padding + Math.max(input, origin.at(-1)! + (size - 1) * dilation + 1);
}

function copyRow(
  x: Float32Array | Int8Array,
  from: number,
  length: number,
  offset: number,
  out: Float64Array,
  at: number,
) {
  for (let i = 0; i < length; i++) out[(at + i) | 0] = x[(from + i) | 0]! + offset;
}

function repeatRow(
  x: Float32Array | Int8Array,
  from: number,
  length: number,
  offset: number,
  out: Float64Array,
  at: number,
  repeat: number,
) {
  for (let i = 0; i < length * repeat; i++) out[at + i] = x[from + Math.floor(i / repeat)]! + offset;
}
