import { tf } from '../../testing/conformance.js';
import { describePairs } from '../../testing/pairs.js';

describePairs({
  kind: 'sub',
  float: tf.sub,
  real: (a, b) => a - b,
  fingerprints: [
    [[0.02, -3], [0.05, 11], [0.04, -20], 4258477516],
    [[0.1, -128], [0.003, 0], [0.06, 7], 805136242],
    [[0.0471, 127], [0.0471, -128], [0.09, 0], 49154629],
    [[0.0312, 5], [0.7, -90], [0.41, 3], 2854970026],
  ],
});
