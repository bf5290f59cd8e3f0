import { tf } from '../../testing/conformance.js';
import { describePairs } from '../../testing/pairs.js';

describePairs({
  kind: 'mul',
  float: tf.mul,
  real: (a, b) => a * b,
  fingerprints: [
    [[0.02, -3], [0.05, 11], [0.04, -20], 1208120682],
    [[0.1, -128], [0.003, 0], [0.06, 7], 3419531319],
    [[0.0471, 127], [0.0471, -128], [0.09, 0], 3325501794],
    [[0.0312, 5], [0.7, -90], [0.41, 3], 3576664680],
  ],
});
