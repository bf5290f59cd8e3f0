import { choice, float, int } from '../../params.js';
import { imageOf, PACKED, type Spec } from '../../spec.js';
import { augmentation, between, most, range, refuseRows, share, signed } from './augmentation.js';
import type { Material } from './material.js';
import { keepWithin } from './signal.js';
import { clamped } from './time.js';

const KINDS = ['image'] as const;

/** Sizes of an image whose values are single colours. */
function sizesOf({ spec }: Material, where: string) {
  if (spec.unit === PACKED) {
    refuseRows(where, 'packed pixels', 'one value per colour', 'Use it as an option of the classifier instead.');
  }
  return imageOf(spec as Spec<'image'>);
}

/**
 * Mirrors half of the images, left to right or upside down.
 *
 * Not part of any preset: letters, arrows and hands mean something else mirrored.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [flip(), zoom({ factor: 1.2 })] });
 * ```
 */
export const flip = augmentation({
  type: 'flip',
  kinds: KINDS,
  moves: true,
  schema: {
    direction: choice(['horizontal', 'vertical'], 'horizontal', 'Left to right, or upside down.'),
    share: share(),
  },
  prepare: (p, material, where) => {
    const moved = resampled(material, where);
    const [vertical, horizontal] = p.direction === 'vertical' ? [-1, 1] : [1, -1];
    return (row, random) => {
      if (random.uniform() < p.share) moved(row, [vertical, 0, 0, horizontal], 0, 0);
    };
  },
});

/**
 * Crops images at a random place and brings the crop to full size: up to `factor` times larger.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [zoom({ factor: 1.2 })] });
 * ```
 */
export const zoom = augmentation({
  type: 'zoom',
  kinds: KINDS,
  moves: true,
  schema: { factor: float(1.2, 'Largest magnification.', { min: 1, max: 10 }) },
  prepare: (p, material, where) => {
    const { width, height } = sizesOf(material, where);
    const moved = resampled(material, where);
    return (row, random) => {
      const scale = 1 / between(random, [1, p.factor]);
      const [down, right] = [signed(random, 0.5), signed(random, 0.5)];
      moved(row, [scale, 0, 0, scale], down * (1 - scale) * (height - 1), right * (1 - scale) * (width - 1));
    };
  },
});

/**
 * Moves images up, down, left and right; the pixels at the border fill the gap.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [pan({ share: 0.1 })] });
 * ```
 */
export const pan = augmentation({
  type: 'pan',
  kinds: KINDS,
  moves: true,
  schema: { share: most(0.1, 'Largest shift as a share of height and width.', 1) },
  prepare: (p, material, where) => {
    const { width, height } = sizesOf(material, where);
    const moved = resampled(material, where);
    return (row, random) => {
      moved(row, [1, 0, 0, 1], signed(random, p.share * height), signed(random, p.share * width));
    };
  },
});

/**
 * Turns images about their middle; the pixels at the border fill the corners.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [rotate({ degrees: 10 })] });
 * ```
 */
export const rotate = augmentation({
  type: 'rotate',
  kinds: KINDS,
  moves: true,
  schema: { degrees: most(10, 'Largest angle in degrees.', 180) },
  prepare: (p, material, where) => {
    const moved = resampled(material, where);
    return (row, random) => {
      const angle = (signed(random, p.degrees) * Math.PI) / 180;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      moved(row, [cosine, -sine, sine, cosine], 0, 0);
    };
  },
});

/**
 * Makes images brighter or darker by a share of the range of values.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [brightness({ share: 0.2 })] });
 * ```
 */
export const brightness = augmentation({
  type: 'brightness',
  kinds: KINDS,
  schema: { share: most(0.2, 'Largest change as a share of the range of values.', 1) },
  prepare: (p, material, where) => {
    sizesOf(material, where);
    const limits = material.limits ?? [material.least, material.most];
    return (row, random) => {
      const by = signed(random, p.share) * (limits[1] - limits[0]);
      for (let i = 0; i < row.length; i++) row[i] = row[i]! + by;
      keepWithin(row, limits);
    };
  },
});

/**
 * Stretches or squeezes the values of an image about their mean.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [contrast({ factor: [0.7, 1.3] })] });
 * ```
 */
export const contrast = augmentation({
  type: 'contrast',
  kinds: KINDS,
  schema: { factor: range([0.8, 1.2], 'Factors, lowest and highest.', 0, 10) },
  prepare: (p, material, where) => {
    sizesOf(material, where);
    const limits = material.limits ?? [material.least, material.most];
    return (row, random) => {
      const factor = between(random, p.factor);
      const mean = row.reduce((a, b) => a + b, 0) / row.length;
      for (let i = 0; i < row.length; i++) row[i] = mean + factor * (row[i]! - mean);
      keepWithin(row, limits);
    };
  },
});

/**
 * Replaces random squares of an image by the mean of the data.
 *
 * Source: cutout (DeVries and Taylor, 2017); squares lie inside the image, and their size is drawn.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * classifier({ augment: [cutout({ count: 1, share: 0.25 })] });
 * ```
 */
export const cutout = augmentation({
  type: 'cutout',
  kinds: KINDS,
  schema: {
    count: int(1, 'Squares per image.', { min: 0, max: 100 }),
    share: float(0.25, "Largest side as a share of the image's shorter side.", { min: 0, max: 1 }),
  },
  prepare: (p, material, where) => {
    const { width, height, channels, frames } = sizesOf(material, where);
    const limit = Math.floor(Math.min(width, height) * p.share);
    return (row, random) => {
      for (let square = 0; square < p.count; square++) {
        const side = random.below(limit + 1);
        const [top, left] = [random.below(height - side + 1), random.below(width - side + 1)];
        for (let line = 0; line < frames * side; line++) {
          const y = Math.floor(line / side) * height + top + (line % side);
          row.fill(material.mean, (y * width + left) * channels, (y * width + left + side) * channels);
        }
      }
    };
  },
});

/** Steps from a pixel of the result to its source, about the middle: `[row by row, row by column, column by row, column by column]`. */
type Matrix = readonly [number, number, number, number];

/** Takes every pixel from another place, between four pixels where that is no whole number; the border goes on outside. */
function resampled(material: Material, where: string) {
  const { width, height, channels, frames } = sizesOf(material, where);
  const before = new Float32Array(frames * height * width * channels);
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  return (row: Float32Array, [yy, yx, xy, xx]: Matrix, down: number, right: number): void => {
    before.set(row);
    for (let pixel = 0; pixel < height * width; pixel++) {
      const y = Math.floor(pixel / width) - middleY;
      const x = (pixel % width) - middleX;
      const sourceY = Math.min(Math.max(middleY + down + yy * y + yx * x, 0), height - 1);
      const sourceX = Math.min(Math.max(middleX + right + xy * y + xx * x, 0), width - 1);
      const top = Math.floor(sourceY);
      const left = Math.floor(sourceX);
      const below = clamped(top + 1, height) - top;
      const beside = (clamped(left + 1, width) - left) * channels;
      const a = sourceY - top;
      const b = sourceX - left;
      for (let value = 0; value < frames * channels; value++) {
        const frame = Math.floor(value / channels);
        const c = value % channels;
        const upperAt = ((frame * height + top) * width + left) * channels + c;
        const lowerAt = upperAt + below * width * channels;
        const upper = before[upperAt]! + b * (before[upperAt + beside]! - before[upperAt]!);
        const lower = before[lowerAt]! + b * (before[lowerAt + beside]! - before[lowerAt]!);
        row[(frame * height * width + pixel) * channels + c] = upper + a * (lower - upper);
      }
    }
  };
}
