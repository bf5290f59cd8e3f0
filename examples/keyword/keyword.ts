// Keyword spotting from a folder of clips: train, quantise, report, emit.
//   npx tsx examples/keyword/keyword.ts path/to/speech [out]
import { audio, classifier, conv1d, cppLibrary, eim, impulse, mfe, nano33ble } from 'impulsekit';
import { build, readDataset, write } from 'impulsekit/node';

const [path = 'speech', out = 'out'] = process.argv.slice(2);

const speech = await readDataset(path);
const keyword = impulse({
  input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 }),
  dsp: mfe(),
  learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: 100 }),
});
const model = await keyword.fit(speech.train, { seed: 1, onProgress: (p) => console.log(p.epoch, p.valAccuracy) });
const small = await model.quantize(speech.train);
console.log((await model.evaluate(speech.test)).accuracy, (await small.evaluate(speech.test)).accuracy);
console.log(small.estimate(nano33ble));
await write(small.deploy(cppLibrary({ name: 'keyword' })), `${out}/keyword`);
await build(small.deploy(eim({ name: 'keyword' })), `${out}/keyword.eim`);
