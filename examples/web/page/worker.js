// Runs the impulse off the page's thread: takes values as they come, answers for every slice.
let impulse;
let waiting = [];
let taken = 0;

const reset = () => {
  waiting = [];
  taken = 0;
  impulse.reset();
};

async function open(url) {
  const { load } = await import(url);
  impulse = await load();
  postMessage({ type: 'ready', info: impulse.info, simd: impulse.simd });
}

function take(values) {
  const { sliceSize, axes, rateHz } = impulse.info;
  for (const value of values) {
    waiting.push(value);
    if (waiting.length < sliceSize) continue;
    const start = performance.now();
    const prediction = impulse.push(waiting);
    const ms = performance.now() - start;
    waiting = [];
    taken += sliceSize;
    if (!prediction) continue;
    const { label, scores, anomaly } = prediction;
    postMessage({ type: 'answer', seconds: taken / axes.length / rateHz, label, scores, anomaly, ms });
  }
}

addEventListener('message', async ({ data }) => {
  try {
    if (data.type === 'open') await open(data.url);
    if (data.type === 'reset') reset();
    if (data.type === 'values') take(data.values);
    // Comes back behind the answers to all that was sent before.
    if (data.type === 'end') postMessage(data);
  } catch (error) {
    postMessage({ type: 'error', message: error.message });
  }
});
