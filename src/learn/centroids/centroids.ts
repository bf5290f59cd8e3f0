import type { BlockFactory, FitOptions, LearningBlock, TrainedBlock, TrainingSet } from '../../block.js';
import type { Box } from '../../box.js';
import { optimize } from '../../compile/index.js';
import { fail, show } from '../../errors.js';
import { f1Of, matchBoxes } from '../../metrics/index.js';
import { boolean, choice, float, int, type Options, resolve, type Values, value } from '../../params.js';
import { imageOf, type Spec, sizeOf } from '../../spec.js';
import { type Layer, layer } from '../layers.js';
import type { Network } from '../network/network.js';
import { checkRows } from '../rows.js';
import { takingRaw, unitOf } from '../standardise/unit.js';
import { splitRows } from '../training/split.js';
import { trainNetwork } from '../training/train.js';
import { cellBlock, reviveCells } from './cell-block.js';
import { findBoxes } from './find-boxes.js';
import { cellClasses, cellOf, type Grid } from './grid.js';
import { buildGrid, DEFAULT_LAYERS } from './network.js';

const schema = {
  layers: value<'auto' | readonly Layer[]>(
    'auto',
    "The network's layers from first to last, all of them convolutions, pooling and the like; a head of two 1 x 1 convolutions and a softmax follow by themselves. Strides and pooling decide the size of a cell. 'auto' is a small MobileNet with cells of 8 x 8 pixels.",
    { check: checkLayers },
  ),
  headFilters: int(32, 'Filters of the 1 x 1 convolution in front of the scores.', { min: 1, max: 4096 }),
  objectWeight: float(20, 'How often a cell with an object counts in training, beside one without.', {
    min: 1,
    max: 10_000,
    tune: [5, 20, 100],
  }),
  minScore: float(0.5, 'Least score of a cell that counts as an object.', { min: 0, max: 1, tune: [0.5, 0.7, 0.9] }),
  epochs: int(60, 'Times training goes through the data.', { min: 1, max: 10_000 }),
  learningRate: float(0.005, 'Step size of Adam at the start; it falls to 0 along a cosine.', { min: 1e-6, max: 1 }),
  batchSize: int(32, 'Images per training step.', { min: 1, max: 4096 }),
  validationSplit: float(0.2, 'Share of the recordings set aside to choose the best epoch.', { min: 0, max: 0.9 }),
  patience: int(0, 'Epochs without a better F1 in validation before training stops; 0 goes on to the end.', {
    min: 0,
    max: 10_000,
  }),
  mirror: boolean(true, 'Mirrors half of the images left to right while training, boxes with them.'),
  calibration: choice(
    ['minmax', 'percentile', 'mse'],
    'mse',
    'How int8 ranges follow from the values seen: all of them, all but the outermost 0.01 %, or with the least squared error.',
  ),
  weightDecay: float(0.05, 'Pull of the weights towards 0, relative to the step size.', { min: 0, max: 1 }),
};

type Params = Values<typeof schema>;

/**
 * Finds objects in images: what they are and where their middles lie.
 *
 * `image [row H, column W, channel C] -> cells [row, column, 1 + class]`, for every cell of a grid the probabilities of
 * the background and of each class; with the default layers a cell is 8 x 8 pixels. Cells of one class that reach
 * `minScore` and touch make a box. Trained from boxes of the recordings (`Sample.boxes`), of which only the middle
 * counts: the cell that holds it is to be of the box's class. Images without a box are background. Objects closer to
 * one another than two cells become one box, and the size of a box says little about that of its object.
 *
 * Edge Impulse's FOMO in idea, head, loss and merging, and the weights of the epoch with the best F1 in validation
 * are kept. Different on purpose: a smaller network that starts from random weights, and an object weight of 20 instead
 * of 100. Reported accuracy is the mean F1 of the images.
 *
 * @throws `NO_DATA` without boxes, `BAD_DATA` for boxes outside of the image, `SHAPE_MISMATCH` naming the layer that
 * does not fit, `ABORTED`
 * @example
 * ```ts
 * const finder = impulse({ input: image({ width: 96, height: 96 }), dsp: pixels(), learn: centroids({ epochs: 60 }) });
 * ```
 */
export const centroids: BlockFactory<typeof schema, LearningBlock<'image'>> = Object.assign(make, {
  type: 'centroids',
  version: 1,
  schema,
});

function make(options?: Options<typeof schema>): LearningBlock<'image'> {
  const params = resolve('centroids', schema, options);
  return {
    role: 'learn',
    type: 'centroids',
    version: 1,
    params,
    schema,
    fit: (data, input, fitOptions) => learn(params, data, input, fitOptions),
    sketch: (input, labels) => {
      const { graph } = networkOf(params, input, labels.length);
      return cellBlock({ graph: optimize(graph), labels, report: {}, sketch: true }, input, params.minScore);
    },
    revive: (state, input) => reviveCells(state, input, params.minScore),
    with: (changes) => make({ ...params, ...changes }),
  };
}

function networkOf({ layers, headFilters }: Params, input: Spec<'image'>, classes: number): Network {
  return buildGrid(layers === 'auto' ? DEFAULT_LAYERS : layers, headFilters, input, classes);
}

async function learn(
  params: Params,
  data: TrainingSet,
  input: Spec<'image'>,
  options: FitOptions,
): Promise<TrainedBlock> {
  checkRows('centroids.fit', data, sizeOf(input));
  const boxes = data.boxes ?? [];
  const labels = [...new Set(boxes.flat().map(({ label }) => label))].sort();
  if (labels.length === 0) refuseWithoutBoxes(data);
  const network = networkOf(params, input, labels.length);
  const { width, height, channels } = imageOf(input);
  const [rows, columns] = network.graph.tensors[network.graph.output]!.shape as [number, number];
  const grid: Grid = { rows, columns, width, height };
  checkMiddles(data, boxes, grid);

  const split = splitRows(byRarestClass(data, boxes, labels), params.validationSplit, options.seed ?? 1);
  const unit = unitOf(Array.from(split.train, (row) => data.features[row]!));
  const features = data.features.map((row) => row.map((v) => (v - unit.mean) * unit.factor));
  // A row and its mirror image.
  const sides = [boxes, boxes.map((list) => list.map(mirroredBox(width)))] as const;
  const classes = sides.map((side) => side.map((list) => cellClasses(grid, list, labels)));
  const sideOf = new Uint8Array(features.length);
  const scores = new Float32Array(rows * columns * (labels.length + 1));
  const { graph, report } = await trainNetwork(
    {
      ...split,
      learner: 'centroids',
      network,
      loss: 'crossEntropy',
      keep: 'accuracy',
      input: (row, out, random) => {
        sideOf[row] = Number(params.mirror && random !== undefined && random.uniform() < 0.5);
        if (sideOf[row] === 1) mirrorImage(features[row]!, out, width, channels);
        else out.set(features[row]!);
      },
      target: (row, out) => writeTarget(classes[sideOf[row]!]![row]!, params.objectWeight, out),
      right: (row, output) => {
        softmax(output, labels.length + 1, scores);
        return f1Of(matchBoxes(findBoxes(scores, grid, labels, params.minScore), sides[sideOf[row]!]![row]!));
      },
      origin: -unit.mean * unit.factor,
      outputBias: logPriors(split.train, classes[0]!, labels.length, params.objectWeight),
    },
    { ...params, ...options },
  );
  const { calibration, minScore } = params;
  return cellBlock({ graph: optimize(takingRaw(graph, unit)), labels, report, calibration }, input, minScore);
}

/** Rows named after the rarest class in their image, so that the split leaves every class something to learn from. */
function byRarestClass(data: TrainingSet, boxes: readonly (readonly Box[])[], labels: readonly string[]): TrainingSet {
  const images = labels.map((label) => boxes.filter((list) => list.some((box) => box.label === label)).length);
  const rarest = boxes.map((list) => {
    const present = list.map((box) => labels.indexOf(box.label));
    return present.reduce((best, label) => (best < 0 || images[label]! < images[best]! ? label : best), -1);
  });
  const labelsOfRows = Int32Array.from(rarest, (label) => (label < 0 ? labels.length : label));
  return { ...data, labels: labelsOfRows, classes: [...labels, 'background'] };
}

/** One class per cell, that of an object as often as it counts. */
function writeTarget(classes: Uint16Array, objectWeight: number, out: Float32Array): void {
  const size = out.length / classes.length;
  out.fill(0);
  classes.forEach((label, cell) => {
    out[cell * size + label] = label === 0 ? 1 : objectWeight;
  });
}

/** Logarithm of each class's share of the weights, where the softmax starts with the least loss. */
function logPriors(
  rows: Int32Array,
  classes: readonly Uint16Array[],
  labels: number,
  objectWeight: number,
): Float32Array {
  const weights = new Float64Array(labels + 1);
  for (const row of rows) for (const label of classes[row]!) weights[label]! += label === 0 ? 1 : objectWeight;
  const all = weights.reduce((a, b) => a + b, 0);
  return Float32Array.from(weights, (weight) => Math.log(Math.max(weight, 0.5) / all));
}

function softmax(logits: Float32Array, size: number, out: Float32Array): void {
  for (let from = 0; from < logits.length; from += size) {
    const row = logits.subarray(from, from + size);
    const largest = Math.max(...row);
    const sum = row.reduce((total, v) => total + Math.exp(v - largest), 0);
    row.forEach((v, i) => {
      out[from + i] = Math.exp(v - largest) / sum;
    });
  }
}

const mirroredBox =
  (width: number) =>
  (box: Box): Box => ({ ...box, x: width - box.x - box.width });

function mirrorImage(image: Float32Array, out: Float32Array, width: number, channels: number): void {
  for (let pixel = 0; pixel * channels < image.length; pixel++) {
    const column = pixel % width;
    const from = (pixel - column + width - 1 - column) * channels;
    out.set(image.subarray(from, from + channels), pixel * channels);
  }
}

function checkMiddles(data: TrainingSet, boxes: readonly (readonly Box[])[], grid: Grid): void {
  boxes.forEach((list, row) => {
    const outside = list.find((box) => cellOf(grid, box) === undefined);
    if (outside === undefined) return;
    const { x, y, width, height } = outside;
    fail({
      code: 'BAD_DATA',
      where: 'centroids.fit',
      got: `a box at (${x}, ${y}) of ${width} x ${height} pixels in ${show(data.groups[row] ?? 'a recording')}`,
      expected: `boxes whose middles lie in the ${grid.width} x ${grid.height} pixels of the image`,
      fix: 'Give boxes in pixels of the picture, and keep its size in the processing blocks.',
    });
  });
}

function refuseWithoutBoxes(data: TrainingSet): never {
  fail({
    code: 'NO_DATA',
    where: 'centroids.fit',
    got: `${data.features.length} images without one box`,
    expected: 'boxes around the objects to find',
    fix: 'Give recordings boxes, or add a bounding_boxes.labels file; use classifier for labels of whole images.',
  });
}

function checkLayers(given: 'auto' | readonly Layer[]): string | undefined {
  if (given === 'auto') return undefined;
  if (!Array.isArray(given)) return "'auto' or a list of layers";
  given.forEach(layer);
  return undefined;
}
