import type { BlockState, TrainedBlock } from '../../block.js';
import { fail } from '../../errors.js';
import { objectScore } from '../../metrics/index.js';
import { imageOf, type Spec } from '../../spec.js';
import { type NetworkKind, networkBlock, reviveNetwork, type TrainedNetwork } from '../network/trained.js';
import header from './find-boxes.h.js';
import { findBoxes } from './find-boxes.js';
import type { Grid } from './grid.js';

/** Machine code of `findBoxes`, measured with arm-none-eabi-g++ 12 for Cortex-M4F at -Os. */
const CODE_BYTES = { 'centroids/findBoxes': 718 };

const KIND: NetworkKind = {
  type: 'centroids',
  answers: 'cells',
  output: ({ graph, labels }) => {
    const { shape } = graph.tensors[graph.output]!;
    if (shape.length !== 3 || shape[2] !== labels.length + 1) {
      fail({
        code: 'BAD_FILE',
        where: 'centroids',
        got: `a network that gives [${shape}]`,
        expected: `[row, column, ${labels.length + 1}], the background and ${labels.length} classes`,
        fix: 'Save the impulse again.',
      });
    }
    const [rows, columns, classes] = shape as [number, number, number];
    return {
      kind: 'scores',
      axes: [
        { name: 'row', size: rows },
        { name: 'column', size: columns },
        { name: 'class', size: classes, labels: ['background', ...labels] },
      ],
    };
  },
  score: (_network, scores) => ({ windows: scores.length }),
};

/** A network over the cells of an image, with the boxes they make. */
export function cellBlock(network: TrainedNetwork, input: Spec, minScore: number): TrainedBlock {
  return withBoxes(networkBlock(KIND, network, input), minScore);
}

/**
 * Revives a saved network; what is saved may come from anywhere.
 *
 * @throws `BAD_FILE`
 */
export function reviveCells(state: BlockState, input: Spec, minScore: number): TrainedBlock {
  return withBoxes(reviveNetwork(KIND, state, input), minScore);
}

function withBoxes(block: TrainedBlock, minScore: number): TrainedBlock {
  const { labels, quantize, cpp } = block;
  const [row, column] = block.output.axes;
  const { width, height } = imageOf(block.input as Spec<'image'>);
  const grid: Grid = { rows: row!.size, columns: column!.size, width, height };
  const find = (cells: Float32Array) => findBoxes(cells, grid, labels, minScore);
  const sizes = [grid.rows, grid.columns, labels.length, height, width];
  return {
    ...block,
    cpp: { ...cpp, headers: [...cpp.headers, header], codeBytes: { ...cpp.codeBytes, ...CODE_BYTES } },
    boxes: { minScore, find, cpp: { header, function: `impulsekit::learn::findBoxes<${sizes.join(', ')}>` } },
    score: (scores, truth, options, boxes) =>
      boxes ? objectScore(labels, scores.map(find), boxes) : block.score(scores, truth, options),
    ...(quantize && { quantize: (features, signal) => withBoxes(quantize(features, signal), minScore) }),
  };
}
