import { augmentation, between, most, range, refuseRows, signed } from './augmentation.js';
import { recordedSteps, reflected, stepsOf } from './time.js';

const KINDS = ['signal'] as const;

/**
 * Makes a signal larger or smaller. For motion, 1 dB is 12 %.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * await keyword.fit(train, { augment: { copies: 2, with: [gain({ db: 6 })] } });
 * ```
 */
export const gain = augmentation({
  type: 'gain',
  kinds: KINDS,
  schema: { db: most(6, 'Largest change in dB, either way.', 60) },
  prepare: (p, { limits, zero }) => {
    return (row, random) => {
      const factor = 10 ** (signed(random, p.db) / 20);
      for (let i = 0; i < row.length; i++) row[i] = zero + factor * (row[i]! - zero);
      if (limits) keepWithin(row, limits);
    };
  },
});

/**
 * Plays a signal faster or slower, and so higher or lower: other voices, other gaits.
 *
 * The window's middle stays where it is; a gap at the ends is filled with the reflected signal. A signal that was padded
 * with zeros stays at its start instead, and is followed by zeros. Interpolated with cubic curves (Catmull and Rom, 1974).
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * await keyword.fit(train, { augment: { copies: 2, with: [speed({ factor: [0.85, 1.15] })] } });
 * ```
 */
export const speed = augmentation({
  type: 'speed',
  kinds: KINDS,
  schema: { factor: range([0.9, 1.1], 'Factors of the speed, lowest and highest.', 0.25, 4) },
  prepare: (p, material) => {
    const [steps, size] = stepsOf(material);
    const before = new Float32Array(steps * size);
    const middle = (steps - 1) / 2;
    return (row, random) => {
      const factor = between(random, p.factor);
      const recorded = recordedSteps(material, row, steps, size);
      const fixed = recorded < steps ? 0 : middle;
      const last = recorded < steps ? Math.min(Math.floor(recorded / factor), steps) : steps;
      before.set(row);
      row.fill(material.zero, last * size);
      for (let t = 0; t < last; t++) {
        const source = fixed + (t - fixed) * factor;
        const whole = Math.floor(source);
        const x = source - whole;
        const first = reflected(whole - 1, steps) * size;
        const second = reflected(whole, steps) * size;
        const third = reflected(whole + 1, steps) * size;
        const fourth = reflected(whole + 2, steps) * size;
        for (let axis = 0; axis < size; axis++) {
          const a = before[first + axis]!;
          const b = before[second + axis]!;
          const c = before[third + axis]!;
          const d = before[fourth + axis]!;
          row[t * size + axis] = b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)));
        }
      }
    };
  },
});

/**
 * Turns each triple of axes about a random direction, as a sensor mounted askew would.
 *
 * All axes must come in triples, one after the other: x, y and z of an accelerometer, then of a gyroscope.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * await gesture.fit(train, { augment: { copies: 3, with: [rotateAxes({ degrees: 15 })] } });
 * ```
 */
export const rotateAxes = augmentation({
  type: 'rotateAxes',
  kinds: KINDS,
  schema: { degrees: most(15, 'Largest angle in degrees.', 180) },
  prepare: (p, material, where) => {
    const [steps, size] = stepsOf(material);
    const { zero } = material;
    if (size % 3 !== 0) {
      refuseRows(where, `${size} axes`, 'triples of axes', 'Use it for three-axis sensors only.');
    }
    return (row, random) => {
      const matrix = rotation([random.normal(), random.normal(), random.normal()], signed(random, p.degrees));
      for (let at = 0; at < steps * size; at += 3) {
        const [x, y, z] = [row[at]! - zero, row[at + 1]! - zero, row[at + 2]! - zero];
        for (let i = 0; i < 3; i++) {
          row[at + i] = zero + matrix[3 * i]! * x + matrix[3 * i + 1]! * y + matrix[3 * i + 2]! * z;
        }
      }
    };
  },
});

/** The matrix that turns by an angle about a direction (Rodrigues' formula), row by row. */
function rotation(direction: readonly [number, number, number], degrees: number): readonly number[] {
  const length = Math.hypot(...direction) || 1;
  const [x, y, z] = direction.map((v) => v / length) as [number, number, number];
  const sine = Math.sin((degrees * Math.PI) / 180);
  const cosine = Math.cos((degrees * Math.PI) / 180);
  const rest = 1 - cosine;
  return [
    cosine + x * x * rest,
    x * y * rest - z * sine,
    x * z * rest + y * sine,
    y * x * rest + z * sine,
    cosine + y * y * rest,
    y * z * rest - x * sine,
    z * x * rest - y * sine,
    z * y * rest + x * sine,
    cosine + z * z * rest,
  ];
}

/** Cuts off what a sensor could not give. */
export function keepWithin(row: Float32Array, [low, high]: readonly [number, number]): void {
  for (let i = 0; i < row.length; i++) row[i] = Math.min(Math.max(row[i]!, low), high);
}
