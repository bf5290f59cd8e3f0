// Gestures from an accelerometer, with a watch for motions never seen: two learners on the same features.
//   npx tsx examples/motion/motion.ts path/to/motion [rateHz] [axes] [out]
//   npx tsx examples/motion/motion.ts path/to/imu-gestures 104 accx,accy,accz
import { classifier, cppLibrary, dense, graph, kMeans, motion, nano33ble, on, spectral } from 'impulsekit';
import { readDataset, write } from 'impulsekit/node';

const [path = 'motion', rate = '62.5', axes = 'accX,accY,accZ', out = 'out'] = process.argv.slice(2);

const recordings = await readDataset(path);
const machine = graph({
  input: motion({ axes: axes.split(','), rateHz: Number(rate), windowMs: 2000, strideMs: 200 }),
  dsp: { spectrum: spectral({ fftLength: 16 }) },
  learn: {
    state: on('spectrum').use(classifier({ layers: [dense(20), dense(10)] })),
    anomaly: on('spectrum').use(kMeans({ clusters: 32 })),
  },
});
const model = await machine.fit(recordings.train, { seed: 1 });
const small = await model.quantize(recordings.train);
const [float, int8] = [await model.evaluate(recordings.test), await small.evaluate(recordings.test)];
console.log(
  `accuracy of ${float.windows} windows: float ${float.accuracy.toFixed(4)}, int8 ${int8.accuracy.toFixed(4)}`,
);
console.log(float.learners.state?.confusion);
console.log(small.estimate(nano33ble));
await write(small.deploy(cppLibrary({ name: 'gesture' })), `${out}/gesture`);
