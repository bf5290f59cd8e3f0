import type { LearningBlock } from '../block.js';
import { show } from '../errors.js';
import { batchNorm, classifier, conv1d, conv2d, dense, dropout, flatten, kMeans, type Layer } from '../learn/index.js';
import { type ExportReader, isRecord, type Json, type Place } from './edge-impulse-json.js';

/** A learner of ours for each type of learning block. */
const LEARNERS: Readonly<Record<string, (reader: ExportReader, place: Place) => LearningBlock>> = {
  keras: network,
  anomaly: clusters,
};

/** @throws `UNSUPPORTED` for a type that has no counterpart, `BAD_OPTION` */
export function learnerOf(reader: ExportReader, place: Place): LearningBlock {
  const type = String(place.json.type);
  const make = Object.hasOwn(LEARNERS, type) ? LEARNERS[type] : undefined;
  if (make) return reader.within(place.name, () => make(reader, place));
  const known = Object.keys(LEARNERS).join(', ');
  const fix = 'Remove the block from the design, or export its trained network and use tflite.';
  return reader.refuse('UNSUPPORTED', `${place.name}.type`, show(type), `one of ${known}`, fix);
}

function settings(reader: ExportReader, place: Place): Json | undefined {
  if (isRecord(place.config)) return place.config;
  reader.note(`${place.name}: no settings in the export, taken as our defaults.`);
  return undefined;
}

/** Their settings of the training, with how ours are called. */
const TRAINING = {
  trainingCycles: 'epochs',
  learningRate: 'learningRate',
  batchSize: 'batchSize',
  trainTestSplit: 'validationSplit',
};

function network(reader: ExportReader, place: Place): LearningBlock {
  const config = settings(reader, place);
  if (!config) return classifier() as LearningBlock;
  const options: Record<string, unknown> = {};
  for (const [theirs, ours] of Object.entries(TRAINING)) {
    // Expert mode leaves zeros behind.
    if (config[theirs] !== undefined && config[theirs] !== null && config[theirs] !== 0) options[ours] = config[theirs];
  }
  if (config.autoClassWeights === true) options.classWeights = 'balanced';
  if (config.mode === 'expert')
    reader.note(`${place.name}: the Keras script is not taken over, only visual layers are.`);
  else if (Array.isArray(config.visualLayers) && config.visualLayers.length > 0) {
    options.layers = config.visualLayers
      .filter((one) => !isRecord(one) || one.enabled !== false)
      .flatMap((one) => layersOf(reader, place, one));
  } else reader.note(`${place.name}: no layers in the export, taken as our default network.`);
  return classifier(options) as LearningBlock;
}

function layersOf(reader: ExportReader, place: Place, layer: unknown): Layer[] {
  const { type, neurons, kernelSize, dropoutRate, stack } = isRecord(layer) ? layer : {};
  // What is missing or of a wrong type is refused by the layer itself.
  const [units, kernel, rate] = [neurons, kernelSize, dropoutRate] as [number, number, number];
  switch (type) {
    case 'dense':
      return [dense(units)];
    case 'conv1d':
      return stacked(stack, (pool) => conv1d(units, kernel, { pool, dropout: 0 }));
    case 'conv2d':
      return stacked(stack, (pool) => conv2d(units, kernel, { pool, dropout: 0 }));
    case 'dropout':
      return [dropout(rate)];
    case 'batchNormalization':
      return [batchNorm()];
    case 'flatten':
      return [flatten()];
    case 'reshape':
      return [];
  }
  const known = 'dense, conv1d, conv2d, dropout, batchNormalization, flatten, reshape';
  return reader.refuse(
    'UNSUPPORTED',
    `${place.name}.visualLayers`,
    show(type),
    known,
    'Train such a network elsewhere and use tflite.',
  );
}

/** Some convolutions, and one pooling behind the last. */
function stacked(stack: unknown, make: (pool: number) => Layer): Layer[] {
  const count = typeof stack === 'number' && stack >= 1 && stack <= 16 ? Math.trunc(stack) : 1;
  return Array.from({ length: count }, (_, i) => make(i === count - 1 ? 2 : 1));
}

function clusters(reader: ExportReader, place: Place): LearningBlock {
  const config = settings(reader, place);
  if (!config) return kMeans() as LearningBlock;
  const { clusterCount, axes, selectedAxes } = config;
  const listed = Array.isArray(axes)
    ? axes.flatMap((axis, i) => (isRecord(axis) && axis.selected === true ? [i] : []))
    : [];
  const chosen = Array.isArray(selectedAxes) ? selectedAxes : listed;
  if (config.minimumConfidenceRating !== undefined) {
    reader.note(
      `${place.name}: the threshold ${show(config.minimumConfidenceRating)} is for the application to apply.`,
    );
  }
  return kMeans({
    ...(clusterCount !== undefined && clusterCount !== null && { clusters: clusterCount as number }),
    ...(chosen.length > 0 && { axes: chosen as number[] }),
  }) as LearningBlock;
}
