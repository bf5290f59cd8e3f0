/** What tests run where a module runs: the same few lines in Node, in a page and in a worker. */

/** `check.js`: classifies windows with and without SIMD, and gives all scores as numbers. */
export const CHECK = `export async function check({ load, classify, init }, windows) {
  const answers = {};
  for (const simd of [true, false]) {
    const impulse = await load({ simd });
    if (impulse.simd !== simd) throw new Error('took the other binary');
    answers[simd ? 'simd' : 'scalar'] = windows.map((window) => scoresOf(impulse.predict(window)));
  }
  await init();
  answers.results = windows.map((window) => classify(window).results);
  return answers;
}

function scoresOf({ learners }) {
  return Object.values(learners).flatMap(({ scores, anomaly, value, cells }) =>
    scores ? Object.values(scores) : cells ? [...cells] : [anomaly ?? value]);
}
`;

/** `page.js`: checks here and in a worker. */
export const PAGE_SCRIPT = `import { check } from './check.js';
import * as module from './model.js';

const post = (value) => fetch('/result', { method: 'POST', body: JSON.stringify(value) });
addEventListener('unhandledrejection', ({ reason }) => post({ error: String(reason?.stack ?? reason) }));
addEventListener('securitypolicyviolation', ({ violatedDirective }) => post({ error: 'refused: ' + violatedDirective }));

const windows = await (await fetch('./windows.json')).json();
const page = await check(module, windows);
const worker = new Worker('./worker.js', { type: 'module' });
worker.addEventListener('error', ({ message }) => post({ error: 'worker: ' + message }));
worker.addEventListener('message', ({ data }) => post({ page, worker: data }));
worker.postMessage(windows);
`;

export const WORKER_SCRIPT = `import { check } from './check.js';
import * as module from './model.js';

addEventListener('message', async ({ data }) => postMessage(await check(module, data)));
`;
