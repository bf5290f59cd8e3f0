import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FoundBox } from '../../box.js';
import { CORES, has, run, unpack, WARNINGS } from '../../testing/compilers.js';
import { seededRandom } from '../random.js';
import header from './find-boxes.h.js';
import { findBoxes } from './find-boxes.js';
import { cellClasses, cellOf, type Grid } from './grid.js';

const labels = ['cup', 'spoon'];
const grid: Grid = { rows: 4, columns: 6, height: 32, width: 48 };

/** Cells from a drawing: a letter per cell, `c` for cups and `s` for spoons, with the score 0.9 unless given. */
function drawn(rows: readonly string[], scores: Readonly<Record<number, number>> = {}): Float32Array {
  const cells = new Float32Array(rows.join('').length * 3);
  [...rows.join('')].forEach((letter, cell) => {
    const label = ' cs'.indexOf(letter);
    cells[3 * cell + label] = scores[cell] ?? 0.9;
  });
  return cells;
}

const find = (rows: readonly string[], scores?: Readonly<Record<number, number>>): FoundBox[] =>
  findBoxes(drawn(rows, scores), grid, labels, 0.5);
const at = ({ label, x, y, width, height }: FoundBox) => `${label} ${x},${y} ${width}x${height}`;

describe('cells', () => {
  it('hold the middles of boxes', () => {
    const box = { label: 'cup', x: 8, y: 0, width: 8, height: 8 };
    expect(cellOf(grid, box)).toBe(1);
    expect(cellOf(grid, { ...box, x: 43.9 })).toBe(5);
    expect(cellOf(grid, { ...box, x: 44 })).toBeUndefined();
    expect(cellOf(grid, { ...box, y: 24 })).toBe(19);
    expect(cellOf(grid, { ...box, x: -4.1 })).toBeUndefined();
  });

  it('belong to the first of several boxes', () => {
    const box = { label: 'spoon', x: 8, y: 0, width: 8, height: 8 };
    const classes = cellClasses(grid, [box, { ...box, label: 'cup' }, { ...box, label: 'cup', x: 24 }], labels);
    expect([...classes.subarray(0, 6)]).toEqual([0, 2, 0, 1, 0, 0]);
    expect(classes.subarray(6).every((label) => label === 0)).toBe(true);
  });
});

describe('findBoxes', () => {
  it('finds nothing on the background and below the least score', () => {
    expect(find(['      ', '      ', '      ', '      '])).toEqual([]);
    expect(find(['c     ', '      ', '      ', '      '], { 0: 0.49 })).toEqual([]);
    expect(find(['c     ', '      ', '      ', '      '], { 0: 0.5 })).toHaveLength(1);
    expect(findBoxes(new Float32Array(72).fill(Number.NaN), grid, labels, 0.5)).toEqual([]);
  });

  it('joins cells of one class that touch, at corners too, with the highest score', () => {
    const boxes = find(['cc   s', '  c   ', '      ', 's   c '], {
      0: 0.6,
      1: 0.75,
      8: 0.7,
      5: 0.8,
      18: 0.95,
      22: 0.55,
    });
    expect(boxes.map(at)).toEqual(['spoon 0,24 8x8', 'spoon 40,0 8x8', 'cup 0,0 24x16', 'cup 32,24 8x8']);
    expect(boxes.map(({ score }) => score)).toEqual([0.95, 0.8, 0.75, 0.55].map(Math.fround));
  });

  it('keeps classes apart and grows to the left', () => {
    expect(find(['  cs  ', '      ', '      ', '      ']).map(at)).toEqual(['cup 16,0 8x8', 'spoon 24,0 8x8']);
    expect(find(['   c  ', '  c   ', ' c    ', '      ']).map(at)).toEqual(['cup 8,0 24x24']);
  });

  it('joins boxes that come to touch by growing', () => {
    // The two cells on the left and the one on the right touch only the box around the diagonal.
    expect(find(['c   c ', '   c  ', ' cc   ', '      ']).map(at)).toEqual(['cup 0,0 40x24']);
  });

  it('covers whole cells of any proportions', () => {
    const wide: Grid = { rows: 2, columns: 3, height: 9, width: 20 };
    expect(findBoxes(drawn([' c ', '  s']), wide, labels, 0.5).map(at)).toEqual(['cup 6,0 8x5', 'spoon 13,4 7x5']);
  });

  it('gives boxes apart from one another that hold all cells, in any order of cells', () => {
    const { uniform } = seededRandom(1, 'boxes');
    for (let round = 0; round < 50; round++) {
      const cells = Float32Array.from({ length: 72 }, () => (uniform() < 0.15 ? 0.5 + uniform() / 2 : 0));
      const boxes = findBoxes(cells, grid, labels, 0.5);
      expect(boxes.map(at).sort()).toEqual(closure(cells));
      expect(boxes.every((box, i) => i === 0 || boxes[i - 1]!.score >= box.score)).toBe(true);
    }
  });
});

/** The same by another way: all boxes of cells, joined in pairs from the end until no two touch. */
function closure(cells: Float32Array): string[] {
  const boxes = [...cells.keys()].flatMap((i) => {
    const [label, cell] = [i % 3, Math.floor(i / 3)];
    const [x, y] = [cell % 6, Math.floor(cell / 6)];
    return label > 0 && cells[i]! >= 0.5
      ? [[label, x, y, x + 1, y + 1] as [number, number, number, number, number]]
      : [];
  });
  for (let i = boxes.length - 1; i > 0; i--) {
    for (let j = i - 1; j >= 0; j--) {
      const [a, b] = [boxes[i]!, boxes[j]!];
      if (a[0] !== b[0] || a[1] > b[3] || b[1] > a[3] || a[2] > b[4] || b[2] > a[4]) continue;
      const joined = [a[0], Math.min(a[1], b[1]), Math.min(a[2], b[2]), Math.max(a[3], b[3]), Math.max(a[4], b[4])];
      boxes.splice(i, 1);
      boxes.splice(j, 1);
      boxes.push(joined as [number, number, number, number, number]);
      i = boxes.length;
      break;
    }
  }
  const text = boxes.map(([label, x, y, right, bottom]) => {
    return `${labels[label - 1]} ${8 * x},${8 * y} ${8 * (right - x)}x${8 * (bottom - y)}`;
  });
  return text.sort();
}

const MAIN = `
#include <stdio.h>
#include "learn/centroids/find-boxes.h"
struct Box {
  int32_t label, x, y, width, height;
  float score;
};
int main() {
  float cells[5 * 7 * 3];
  Box boxes[40];
  while (fread(cells, 4, 105, stdin) == 105) {
    for (int32_t capacity = 40; capacity >= 0; capacity -= 38) {
      const int32_t count = impulsekit::learn::findBoxes<5, 7, 2, 41, 50>(cells, 0.5f, boxes, capacity);
      for (int32_t i = 0; i < count; ++i) {
        const Box& b = boxes[i];
        printf("%d %d,%d %dx%d %.9g;", b.label, b.x, b.y, b.width, b.height, static_cast<double>(b.score));
      }
      printf("\\n");
    }
  }
}
`;

describe.each(['g++', 'clang++'])('findBoxes compiled by %s', (compiler) => {
  const dirs: string[] = [];
  afterAll(() => {
    for (const dir of dirs) rmSync(dir, { recursive: true });
  });

  it.skipIf(!has(compiler))('gives the same boxes, or those with the highest scores', () => {
    const dir = unpack({ files: { [header.path]: header.text, 'main.cpp': MAIN } });
    dirs.push(dir);
    run(compiler, [...WARNINGS, '-O2', '-I', '.', '-o', 'main', 'main.cpp'], dir);
    const { uniform, below } = seededRandom(2, 'cells');
    const images = Array.from({ length: 60 }, () => {
      const share = uniform() * 0.3;
      return Float32Array.from({ length: 105 }, () => (uniform() < share ? 0.45 + below(100) / 200 : 0));
    });
    writeFileSync(join(dir, 'cells.bin'), new Uint8Array(Float32Array.from(images.flatMap((one) => [...one])).buffer));
    const lines = run('sh', ['-c', './main < cells.bin'], dir).split('\n');
    images.forEach((cells, i) => {
      const found = findBoxes(cells, { rows: 5, columns: 7, height: 41, width: 50 }, ['0', '1'], 0.5);
      const text = found.map((box) => `${at(box)} ${Number(box.score.toPrecision(9))}`);
      expect(lines[2 * i]!.split(';').slice(0, -1)).toEqual(text);
      const few = lines[2 * i + 1]!.split(';').slice(0, -1);
      expect(few).toHaveLength(Math.min(2, found.length));
      if (found.length <= 2) expect(few).toEqual(text);
    });
  });
});

describe.skipIf(!has('arm-none-eabi-g++'))('findBoxes on a device', () => {
  it.each(Object.entries(CORES))('compiles warning-free for %s', (_core, flags) => {
    const main = MAIN.slice(MAIN.indexOf('#include "learn'), MAIN.indexOf('int main'));
    const use = `
int32_t boxes(const float* cells, Box* out);
int32_t boxes(const float* cells, Box* out) {
  return impulsekit::learn::findBoxes<12, 12, 2, 96, 96>(cells, 0.5f, out, 10);
}
`;
    const dir = unpack({ files: { [header.path]: header.text, 'boxes.cpp': main + use } });
    const options = [...WARNINGS, '-Os', '-fno-exceptions', '-fno-rtti', ...flags];
    run('arm-none-eabi-g++', [...options, '-I', '.', '-c', 'boxes.cpp', '-o', 'boxes.o'], dir);
    rmSync(dir, { recursive: true });
  });
});
