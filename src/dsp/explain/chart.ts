import type { View } from '../../block.js';
import { type Axis, imageOf, PACKED, type Spec } from '../../spec.js';
import { element, place, short, text } from '../../svg.js';
import { type Bitmap, pngUrl } from './png.js';
import { axisTitle, numberText, positionOf, rangeOf, type Tick, ticks } from './scale.js';

export const WIDTH = 760;
/** The drawing area of a chart. */
const LEFT = 84;
const RIGHT = 640;
const TOP = 30;
const BOTTOM = 190;
const PLOT = { width: RIGHT - LEFT, height: BOTTOM - TOP };

/** Colours that colour-blind eyes tell apart (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8a8a00'];
const MOST_LINES = 16;
const MOST_BARS = 64;

export interface Chart {
  readonly height: number;
  readonly markup: string;
}

/** A drawing of one view: an image, lines, bars or a heat map, by what its axes are. */
export function chartOf(view: View): Chart {
  const { spec } = view;
  if (spec.kind === 'image' && spec.axes.length >= 3) return picture(view);
  const wide = spec.axes.filter((axis) => axis.size > 1);
  if (wide.length === 2) {
    const [first, second] = wide as [Axis, Axis];
    if (namesLines(second, spec)) return lines(view, first, seriesOf(view, first, second, false));
    if (namesLines(first, spec)) return lines(view, second, seriesOf(view, second, first, true));
    return heatMap(view, first, second);
  }
  const axis = wide.length === 1 ? wide[0]! : { name: 'index', size: view.values.length };
  const isLabelled = axis.labels !== undefined || spec.kind === 'features' || spec.kind === 'scores';
  if (isLabelled && axis.size <= MOST_BARS) return bars(view, axis);
  return lines(view, axis, [{ name: '', values: view.values }]);
}

/** Whether the elements of an axis are things with names, one line each. */
function namesLines(axis: Axis, spec: Spec): boolean {
  const isNamed = axis.labels !== undefined || (spec.kind === 'signal' && axis === spec.axes[1]);
  return isNamed && axis.size <= MOST_LINES;
}

interface Series {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

function seriesOf({ values }: View, along: Axis, names: Axis, namesFirst: boolean): Series[] {
  return Array.from({ length: names.size }, (_, n) => ({
    name: names.labels?.[n] ?? `${names.name} ${n}`,
    values: Float32Array.from({ length: along.size }, (_, i) =>
      namesFirst ? values[n * along.size + i]! : values[i * names.size + n]!,
    ),
  }));
}

function lines(view: View, axis: Axis, series: readonly Series[]): Chart {
  const [low, high] = rangeOf(view.values);
  const [from, to] = rangeOf([positionOf(axis, 0), positionOf(axis, axis.size - 1)]);
  const x = (i: number): number => LEFT + ((positionOf(axis, i) - from) / (to - from)) * PLOT.width;
  const y = (value: number): number => BOTTOM - ((value - low) / (high - low)) * PLOT.height;
  const paths = series.map(({ values }, n) =>
    element('path', { d: path(values, x, y), fill: 'none', stroke: COLOURS[n % COLOURS.length]!, 'stroke-width': 1.2 }),
  );
  const legend = series.length > 1 ? series.map(({ name }, n) => legendLine(name, n)) : [];
  const alongX = ticks(from, to, 8).map(({ at, text }) => ({
    at: LEFT + ((at - from) / (to - from)) * PLOT.width,
    text,
  }));
  return framed(view, [frameY(view, low, high), frameX(alongX, axisTitle(axis)), ...paths, ...legend]);
}

/** A line through all values; where several fall on one pixel, through the least and the greatest of them. */
function path(values: ArrayLike<number>, x: (i: number) => number, y: (value: number) => number): string {
  const perColumn = Math.max(1, Math.floor(values.length / PLOT.width));
  const parts: string[] = [];
  let pen = 'M';
  for (let i = 0; i < values.length; i += perColumn) {
    const column = Array.from({ length: Math.min(perColumn, values.length - i) }, (_, k) => values[i + k]!);
    const known = column.filter(Number.isFinite);
    if (known.length === 0) {
      pen = 'M';
      continue;
    }
    const ends = known.length === 1 ? known : extremes(known);
    for (const value of ends) {
      parts.push(`${pen}${place(x(i))} ${place(y(value))}`);
      pen = 'L';
    }
  }
  return parts.join('') || 'M0 0';
}

function extremes(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return values.indexOf(low) <= values.indexOf(high) ? [low, high] : [high, low];
}

function bars(view: View, axis: Axis): Chart {
  const [least, most] = rangeOf(view.values);
  const [low, high] = [Math.min(0, least), Math.max(0, most)];
  const y = (value: number): number => BOTTOM - ((value - low) / (high - low)) * PLOT.height;
  const step = PLOT.width / axis.size;
  const isCrowded = axis.size > 12;
  const names = Array.from({ length: axis.size }, (_, i) => short(axis.labels?.[i] ?? String(i), isCrowded ? 26 : 12));
  const parts: string[] = [];
  for (let i = 0; i < axis.size; i++) {
    const value = view.values[i]!;
    const left = LEFT + i * step;
    if (Number.isFinite(value)) {
      const top = Math.min(y(value), y(0));
      const size = { width: Math.max(0.5, 0.8 * step), height: Math.abs(y(value) - y(0)) };
      parts.push(element('rect', { x: left + 0.1 * step, y: top, ...size, fill: COLOURS[0]! }));
    }
    const [tx, ty] = [left + step / 2, BOTTOM + 12];
    const turned = { transform: `rotate(-60 ${place(tx)} ${place(ty)})`, 'text-anchor': 'end' };
    parts.push(
      text(tx, ty, names[i]!, { 'font-size': isCrowded ? 8 : 10, 'text-anchor': 'middle', ...(isCrowded && turned) }),
    );
  }
  const below = isCrowded ? 4 * Math.max(...names.map((name) => name.length)) : 0;
  const title = text((LEFT + RIGHT) / 2, BOTTOM + 30 + below, axisTitle(axis), { 'text-anchor': 'middle' });
  return framed(view, [frameY(view, low, high), ...parts, title], below);
}

function heatMap(view: View, across: Axis, up: Axis): Chart {
  const [low, high] = rangeOf(view.values);
  const pixels = new Uint8Array(across.size * up.size);
  for (let i = 0; i < across.size; i++) {
    for (let j = 0; j < up.size; j++) {
      const share = (view.values[i * up.size + j]! - low) / (high - low);
      pixels[(up.size - 1 - j) * across.size + i] = Math.round(255 * Math.min(1, Math.max(0, share || 0)));
    }
  }
  const bitmap = { width: across.size, height: up.size, pixels, palette: HEAT };
  const alongX = cellTicks(across, 8).map(({ at, text }) => ({ at: LEFT + at * PLOT.width, text }));
  const alongY = cellTicks(up, 5).map(({ at, text }) => ({ at: BOTTOM - at * PLOT.height, text }));
  return framed(view, [
    bitmapAt(bitmap, LEFT, TOP, PLOT.width, PLOT.height),
    frameX(alongX, axisTitle(across)),
    marksY(alongY, axisTitle(up)),
    colourBar(view, low, high),
  ]);
}

/** Marks of an axis whose elements are cells of equal size, 0..1: at round positions, or at some of the elements. */
function cellTicks(axis: Axis, count: number): Tick[] {
  const at = (cells: number): number => (cells + 0.5) / axis.size;
  if (axis.labels || axis.positions) {
    const every = Math.max(1, Math.ceil(axis.size / (count + 1)));
    const chosen = Array.from({ length: Math.ceil(axis.size / every) }, (_, n) => n * every);
    return chosen.map((i) => ({ at: at(i), text: short(axis.labels?.[i] ?? numberText(positionOf(axis, i)), 10) }));
  }
  const [first, step] = [positionOf(axis, 0), axis.step ?? 1];
  const marks = ticks(first, positionOf(axis, axis.size - 1), Math.min(count, axis.size));
  return marks.map((mark) => ({ at: at((mark.at - first) / step), text: mark.text }));
}

function colourBar({ spec }: View, low: number, high: number): string {
  const bitmap = { width: 1, height: 256, pixels: Uint8Array.from({ length: 256 }, (_, i) => 255 - i), palette: HEAT };
  const marks = ticks(low, high).map((tick) => {
    const y = BOTTOM - ((tick.at - low) / (high - low)) * PLOT.height;
    return text(RIGHT + 40, y + 4, tick.text);
  });
  const unit = text(RIGHT + 20, TOP - 8, spec.unit ?? 'value');
  return bitmapAt(bitmap, RIGHT + 20, TOP, 14, PLOT.height) + marks.join('') + unit;
}

/** Dark blue over green to yellow, even in lightness. */
const ANCHORS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

const HEAT = Uint8Array.from({ length: 768 }, (_, k) => {
  const at = (Math.floor(k / 3) / 255) * (ANCHORS.length - 1);
  const below = Math.min(Math.floor(at), ANCHORS.length - 2);
  const [a, b] = [ANCHORS[below]![k % 3]!, ANCHORS[below + 1]![k % 3]!];
  return Math.round(a + (b - a) * (at - below));
});

const GREY = Uint8Array.from({ length: 768 }, (_, k) => Math.floor(k / 3));

function picture(view: View): Chart {
  const { width, height, channels, frames } = imageOf(view.spec as Spec<'image'>);
  const size = width * height * channels;
  const zoom = Math.min(PLOT.width / width / Math.min(frames, 4), PLOT.height / height);
  const shown = Math.min(frames, 4);
  const parts = Array.from({ length: shown }, (_, frame) => {
    const bitmap = bitmapOf(view, frame * size, { width, height, channels });
    return bitmapAt(bitmap, LEFT + frame * (zoom * width + 8), TOP, zoom * width, zoom * height);
  });
  const more = frames > shown ? `, the first ${shown} of ${frames} images` : '';
  const note = `${width} x ${height} pixels, ${view.spec.unit ?? view.spec.axes.at(-1)!.labels?.join(', ') ?? 'value'}${more}`;
  return framed(view, [...parts, text(LEFT, BOTTOM + 16, note)]);
}

function bitmapOf(
  { values, spec }: View,
  from: number,
  { width, height, channels }: { width: number; height: number; channels: number },
): Bitmap {
  const count = width * height;
  if (spec.unit === PACKED) {
    const pixels = Uint8Array.from({ length: 3 * count }, (_, i) => {
      return (values[from + Math.floor(i / 3)]! >> (16 - 8 * (i % 3))) & 255;
    });
    return { width, height, pixels };
  }
  // Bytes or 0..1: whichever the values are.
  const scale = rangeOf(values)[1] <= 1 ? 255 : 1;
  const used = channels === 3 ? 3 : 1;
  const pixels = Uint8ClampedArray.from({ length: used * count }, (_, i) => {
    return scale * values[from + Math.floor(i / used) * channels + (i % used)]!;
  });
  const bytes = new Uint8Array(pixels);
  return used === 3 ? { width, height, pixels: bytes } : { width, height, pixels: bytes, palette: GREY };
}

function bitmapAt(bitmap: Bitmap, x: number, y: number, width: number, height: number): string {
  const fit = { preserveAspectRatio: 'none', style: 'image-rendering:pixelated' };
  return element('image', { x, y, width, height, ...fit, href: pngUrl(bitmap) });
}

function framed(view: View, parts: readonly string[], below = 0): Chart {
  const shape = view.spec.axes.map((axis) => axis.size).join(' x ');
  const title = `${short(view.name, 60)} [${shape}]`;
  const heading = text(LEFT, TOP - 10, title, { 'font-weight': 'bold' });
  return { height: BOTTOM + 44 + below, markup: heading + parts.join('') };
}

function frameX(marks: readonly Tick[], title: string): string {
  const parts = marks.map(({ at, text: label }) => {
    const mark = element('path', { d: `M${place(at)} ${BOTTOM}v4`, stroke: '#444' });
    return mark + text(at, BOTTOM + 15, label, { 'text-anchor': 'middle' });
  });
  const line = element('path', { d: `M${LEFT} ${BOTTOM}H${RIGHT}`, stroke: '#444' });
  return line + parts.join('') + text((LEFT + RIGHT) / 2, BOTTOM + 30, title, { 'text-anchor': 'middle' });
}

function frameY({ spec }: View, low: number, high: number): string {
  const marks = ticks(low, high).map(({ at, text }) => ({
    at: BOTTOM - ((at - low) / (high - low)) * PLOT.height,
    text,
  }));
  const grid = marks.map(({ at }) => element('path', { d: `M${LEFT} ${place(at)}H${RIGHT}`, stroke: '#ddd' }));
  return grid.join('') + marksY(marks, spec.unit === undefined ? 'value' : `value (${spec.unit})`);
}

function marksY(marks: readonly Tick[], title: string): string {
  const parts = marks.map(({ at, text: label }) => text(LEFT - 6, at + 4, label, { 'text-anchor': 'end' }));
  const middle = (TOP + BOTTOM) / 2;
  const turned = { transform: `rotate(-90 20 ${place(middle)})`, 'text-anchor': 'middle' };
  return parts.join('') + text(20, middle, short(title, 30), turned);
}

function legendLine(name: string, n: number): string {
  const y = TOP + 6 + 14 * (n % 12);
  const x = RIGHT + 10 + 52 * Math.floor(n / 12);
  const sample = element('path', { d: `M${x} ${y}h12`, stroke: COLOURS[n % COLOURS.length]!, 'stroke-width': 2 });
  return sample + text(x + 16, y + 4, short(name, 14));
}
