import { listen, readAudio, readTable } from './sources.js';
import { View } from './view.js';

const byId = (id) => document.getElementById(id);
const worker = new Worker('worker.js', { type: 'module' });
const impulses = await (await fetch('impulses.json')).json();

/** The loaded impulse, and how what it says is shown. */
let info;
let view;
let stopListening;

const say = (text) => {
  byId('status').textContent = text;
};

/** Says what went wrong instead of leaving it to the console. */
const reporting =
  (action) =>
  async (...values) => {
    try {
      await action(...values);
    } catch (error) {
      say(`That did not work: ${error.message}`);
    }
  };

const chosen = () => impulses.find(({ name }) => name === byId('impulse').value);

async function quiet() {
  byId('listen').setAttribute('aria-pressed', 'false');
  byId('listen').textContent = 'Listen to the microphone';
  await stopListening?.();
  stopListening = undefined;
}

function open() {
  say('Loading …');
  worker.postMessage({ type: 'open', url: `./${chosen().name}.js` });
}

function ready(loaded, simd) {
  info = loaded;
  view = new View(info.labels);
  const audio = info.sensor === 'microphone';
  byId('listen').hidden = !audio;
  byId('file').accept = audio ? 'audio/*' : '.csv,text/csv';
  const window = `${(info.windowSamples / info.rateHz).toFixed(1)} s windows at ${info.rateHz} Hz`;
  byId('facts').textContent = `Knows ${info.labels.join(', ')}. ${window}, ${simd ? 'with' : 'without'} SIMD.`;
  say('Ready.');
}

function start() {
  view.clear();
  worker.postMessage({ type: 'reset' });
}

async function play(file) {
  await quiet();
  const values = await (info.sensor === 'microphone' ? readAudio(file, info.rateHz) : readTable(file, info.axes));
  if (values.length < info.inputSize) throw new Error('the file is shorter than one window');
  start();
  say(`Classifying ${file.name} …`);
  worker.postMessage({ type: 'values', values });
  worker.postMessage({ type: 'end', name: file.name });
}

async function toggle() {
  if (stopListening) {
    await quiet();
    return say('Stopped.');
  }
  start();
  stopListening = await listen(info.rateHz, (values) => worker.postMessage({ type: 'values', values }));
  byId('listen').setAttribute('aria-pressed', 'true');
  byId('listen').textContent = 'Stop listening';
  say('Listening.');
}

async function playExample() {
  const { example } = chosen();
  const response = await fetch(example);
  if (!response.ok) throw new Error(`no ${example}`);
  await play(new File([await response.blob()], example));
}

worker.addEventListener('message', ({ data }) => {
  if (data.type === 'ready') ready(data.info, data.simd);
  if (data.type === 'answer') view.show(data);
  if (data.type === 'end') say(`Classified ${data.name}.`);
  if (data.type === 'error') say(`That did not work: ${data.message}`);
});
byId('impulse').append(...impulses.map(({ name, title }) => new Option(title, name)));
byId('impulse').addEventListener(
  'change',
  reporting(async () => {
    await quiet();
    open();
  }),
);
byId('listen').addEventListener('click', reporting(toggle));
byId('example').addEventListener('click', reporting(playExample));
byId('file').addEventListener(
  'change',
  reporting(() => byId('file').files[0] && play(byId('file').files[0])),
);
byId('controls').addEventListener('submit', (event) => event.preventDefault());
open();
