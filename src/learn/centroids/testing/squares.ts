import { imageSignal, type Sample } from '../../../data/index.js';
import { seededRandom } from '../../random.js';

export interface SquaresOptions {
  readonly images: number;
  /** Side of the image in pixels. */
  readonly side: number;
  /** Names the draw: other purposes, other images. */
  readonly purpose: string;
  readonly seed?: number;
}

type Colour = readonly [number, number, number];

const CLASSES: Readonly<Record<string, Colour>> = { red: [200, 40, 40], blue: [40, 60, 200] };
/** Squares of these colours are none of the objects. */
const CLUTTER: readonly Colour[] = [
  [40, 170, 60],
  [210, 190, 40],
  [120, 120, 120],
];
const PATCH = { least: 6, most: 12 };

/**
 * Pictures of up to four red and blue squares among green, yellow and grey ones, on a noisy ground of changing colour,
 * with boxes around the red and blue ones. Objects keep their distance, so that each has cells of its own.
 */
export function squares({ images, side, purpose, seed = 1 }: SquaresOptions): Sample[] {
  const { uniform, below } = seededRandom(seed, purpose);
  const between = (least: number, most: number): number => least + below(most - least + 1);
  return Array.from({ length: images }, (_, image) => {
    const ground = [0, 0, 0].map(() => 60 + 100 * uniform());
    const slope = [0, 0, 0].map(() => (uniform() - 0.5) * (60 / side));
    const values = Float32Array.from({ length: side * side * 3 }, (_, i) => {
      const column = Math.floor(i / 3) % side;
      return clamped(ground[i % 3]! + slope[i % 3]! * column + 30 * (uniform() - 0.5));
    });
    const paint = (x: number, y: number, width: number, height: number, colour: Colour): void => {
      for (let pixel = 0; pixel < width * height; pixel++) {
        const at = ((y + Math.floor(pixel / width)) * side + x + (pixel % width)) * 3;
        for (let c = 0; c < 3; c++) values[at + c] = clamped(colour[c]! + 40 * (uniform() - 0.5));
      }
    };
    const placed: { x: number; y: number; width: number; height: number }[] = [];
    const place = () => {
      for (let attempt = 0; attempt < 30; attempt++) {
        const width = between(PATCH.least, PATCH.most);
        const height = between(PATCH.least, PATCH.most);
        const patch = { x: below(side - width + 1), y: below(side - height + 1), width, height };
        if (placed.some((other) => near(patch, other))) continue;
        placed.push(patch);
        return patch;
      }
      return undefined;
    };
    const boxes = Array.from({ length: below(5) }, () => {
      const label = Object.keys(CLASSES)[below(2)]!;
      const patch = place();
      if (!patch) return [];
      paint(patch.x, patch.y, patch.width, patch.height, CLASSES[label]!);
      return [{ label, ...patch }];
    }).flat();
    for (let clutter = 0; clutter < 3; clutter++) {
      const patch = place();
      if (patch) paint(patch.x, patch.y, patch.width, patch.height, CLUTTER[below(CLUTTER.length)]!);
    }
    const signal = imageSignal({ width: side, height: side, format: 'rgb', values });
    return { id: `${purpose}.${image}`, label: undefined, signal, boxes };
  });
}

const clamped = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));

/** Whether the middles of two patches are less than two cells of 8 pixels and their sides apart. */
function near(
  a: { x: number; y: number; width: number; height: number },
  b: { x: number; y: number; width: number; height: number },
): boolean {
  const gap = 10;
  const apart =
    a.x > b.x + b.width + gap || b.x > a.x + a.width + gap || a.y > b.y + b.height + gap || b.y > a.y + a.height + gap;
  return !apart;
}
