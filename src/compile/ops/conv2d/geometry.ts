import { type Node, refuseShape, requireShape } from '../../op.js';
import { type Window, windowOf } from '../common/window.js';

export function geometry(node: Node): Window {
  const [, weights] = node.inputs as [unknown, Node['output']];
  if (weights.shape.length !== 4) refuseShape(node, `weights of ${weights.shape.length} dimensions`, '(O, kh, kw, I)');
  const [outChannels, height, width] = weights.shape as [number, number, number];
  const window = windowOf(node, [height, width], outChannels);
  requireShape(node, 1, 'weights', [outChannels, height, width, window.inChannels]);
  requireShape(node, 2, 'a bias', [outChannels]);
  return window;
}
