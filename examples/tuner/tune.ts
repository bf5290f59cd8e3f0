// Searches processing and network together for what fits a board, and prints the trials.
//   npx tsx examples/tuner/tune.ts path/to/speech [trials] [epochs]
import { audio, classifier, conv1d, impulse, mfe, nano33ble, trialTable, tune } from 'impulsekit';
import { readDataset } from 'impulsekit/node';

const [path = 'speech', trials = '12', epochs = '100'] = process.argv.slice(2);

const speech = await readDataset(path);
const keyword = impulse({
  input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 }),
  dsp: mfe(),
  learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: Number(epochs) }),
});
const result = await tune(keyword, {
  data: speech,
  target: nano33ble,
  limits: { ramBytes: 64_000, latencyMs: 400 },
  trials: Number(trials),
  seed: 1,
  onTrial: (trial) => console.log(`trial ${trial.id}: ${(100 * trial.valAccuracy).toFixed(1)} % validation`),
});
console.log(trialTable(result.trials));
console.log(`${result.dropped} candidates left out because they would not fit`);
