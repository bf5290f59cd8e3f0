import type { PretrainedBlock, TrainedBlock } from '../../block.js';
import type { Graph } from '../../compile/index.js';
import { fail, show } from '../../errors.js';
import { resolve, value } from '../../params.js';
import { type Kind, type Spec, shapeOf, sizeOf } from '../../spec.js';
import { classNetwork } from './classes.js';
import { networkBlock, reviveNetwork } from './trained.js';

/** Parameters of a learner that brings its network from a file. */
export const FILE_SCHEMA = {
  labels: value<readonly string[]>([], 'Names of the outputs, in their order; by default those in the file.', {
    check: checkLabels,
  }),
};

export type FileInput = 'signal' | 'spectrogram' | 'features' | 'image';

/** A classifier of type `type` around a network from a file: trained from the start. */
export function fileNetwork(
  type: string,
  graph: Graph,
  options: Readonly<Record<string, unknown>>,
): PretrainedBlock<FileInput> {
  const kind = classNetwork(type);
  const params = resolve(type, FILE_SCHEMA, options);
  const { labels } = params;
  checkOutputs(type, graph, labels);
  const trained = (input: Spec): TrainedBlock => {
    checkInputs(type, graph, input);
    return networkBlock(kind, { graph, labels, report: {} }, input);
  };
  return {
    role: 'learn',
    type,
    version: 1,
    params,
    schema: FILE_SCHEMA,
    trained,
    fit: async (_data, input) => trained(input),
    sketch: (input) => trained(input),
    revive: (state, input) => reviveNetwork(kind, state, input),
    with: (changes) => fileNetwork(type, graph, { ...params, ...changes }),
  };
}

/** Number of values of a shape. */
function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function checkLabels(labels: readonly string[]): string | undefined {
  const good = Array.isArray(labels) && labels.every((label) => typeof label === 'string' && label !== '');
  return good && new Set(labels).size === labels.length ? undefined : 'a list of different names';
}

function checkOutputs(type: string, graph: Graph, labels: readonly string[]): void {
  const { name, shape } = graph.tensors[graph.output]!;
  if (labels.length === size(shape)) return;
  fail({
    code: 'SHAPE_MISMATCH',
    where: `${type}.labels`,
    got: `${labels.length} labels for output ${show(name)} of shape [${shape.join(', ')}]`,
    expected: `${size(shape)} labels`,
    fix: 'Name every output of the model, in the order it was trained with.',
  });
}

function checkInputs(type: string, graph: Graph, input: Spec<Kind>): void {
  const { name, shape } = graph.tensors[graph.input]!;
  if (sizeOf(input) === size(shape)) return;
  fail({
    code: 'SHAPE_MISMATCH',
    where: type,
    got: `${sizeOf(input)} features (${input.kind} of ${shapeOf(input).join(' x ')})`,
    expected: `${size(shape)} for input ${show(name)} of shape [${shape.join(', ')}]`,
    fix: 'Set window and processing block as they were when the model was trained.',
  });
}
