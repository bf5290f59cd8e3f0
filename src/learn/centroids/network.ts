import { fail } from '../../errors.js';
import { type Spec, shapeOf } from '../../spec.js';
import { batchNorm, conv2d, depthwiseConv2d, type Layer } from '../layers.js';
import { GraphBuilder } from '../network/graph-builder.js';
import { type Network, withPreset } from '../network/network.js';

/** A pointwise convolution of a depthwise one, as in MobileNet (Howard et al., 2017). */
function separable(filters: number, stride: number): Layer[] {
  return [depthwiseConv2d(3, { stride }), batchNorm(), conv2d(filters, 1), batchNorm()];
}

/** A small MobileNet that sees 43 x 43 pixels per cell and shrinks the image to an eighth. */
export const DEFAULT_LAYERS: readonly Layer[] = [
  ...[conv2d(16, 3, { stride: 2 }), batchNorm()],
  ...separable(24, 1),
  ...separable(32, 2),
  ...separable(32, 1),
  ...separable(48, 2),
  ...separable(48, 1),
];

/**
 * The graph of a fully convolutional network with a head over every cell: a 1 x 1 convolution, another one that scores
 * the background and the classes, and a softmax over these.
 *
 * `[H, W, C] -> [row, column, 1 + classes]`
 *
 * @throws `SHAPE_MISMATCH` naming the layer that does not fit, `BAD_OPTION`
 */
export function buildGrid(layers: readonly Layer[], headFilters: number, input: Spec, classes: number): Network {
  const builder = new GraphBuilder(shapeOf(input));
  builder.add([
    ...withPreset(layers),
    conv2d(headFilters, 1, { pool: 0, dropout: 0 }),
    conv2d(classes + 1, 1, { activation: 'none', pool: 0, dropout: 0 }),
  ]);
  const network = builder.finish();
  const { shape } = network.graph.tensors[network.graph.output]!;
  if (shape.length !== 3) {
    fail({
      code: 'SHAPE_MISMATCH',
      where: 'centroids.layers',
      got: `layers that end in [${shape}]`,
      expected: 'a grid [row, column, channel]',
      fix: 'Leave out dense, flatten and pooling over the whole image.',
    });
  }
  return network;
}
