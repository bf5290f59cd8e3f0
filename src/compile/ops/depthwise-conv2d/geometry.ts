import { type Node, refuseShape, requireShape } from '../../op.js';
import { type Window, windowOf } from '../common/window.js';

export function geometry(node: Node): Window {
  const [, weights] = node.inputs as [unknown, Node['output']];
  if (weights.shape.length !== 4 || weights.shape[0] !== 1) {
    refuseShape(node, `weights of shape [${weights.shape.join(', ')}]`, '(1, kh, kw, I * multiplier)');
  }
  const [, height, width, outChannels] = weights.shape as [number, number, number, number];
  const window = windowOf(node, [height, width], outChannels);
  if (outChannels % window.inChannels !== 0) {
    refuseShape(node, `${outChannels} output channels`, `a multiple of the ${window.inChannels} input channels`);
  }
  requireShape(node, 2, 'a bias', [outChannels]);
  return window;
}
