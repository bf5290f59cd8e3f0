// A trained impulse in WebAssembly. Needs nothing of the place it runs in but WebAssembly and typed arrays, so that it
// works in pages, workers, audio worklets and Node alike.

/** The smallest module with a SIMD instruction: an engine that does not know it refuses it. */
const SIMD_PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
);

const STATUS = { ok: 0, notFinite: 2, notReady: 3 };

/** Bytes of a box in memory: label, x, y, width, height and score. */
const BOX_BYTES = 24;

function refuse(code, message) {
  const error = new Error(`${message} [${code}]`);
  error.name = 'ImpulseError';
  error.code = code;
  throw error;
}

function refuseLength(what, got, expected) {
  refuse('SHAPE_MISMATCH', `A ${what} of ${got} values, expected ${expected}`);
}

/** By hand, because audio worklets have no `atob`. */
function decodeBase64(text) {
  const values = new Uint8Array(128);
  for (let i = 0; i < 64; i++) {
    values['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.charCodeAt(i)] = i;
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, to = 0; from < text.length; from += 4) {
    let bits = 0;
    for (let i = 0; i < 4; i++) bits = bits * 64 + values[text.charCodeAt(from + i)];
    // Writes beyond the end of a typed array are lost, as the padding should be.
    bytes[to++] = bits >> 16;
    bytes[to++] = bits >> 8;
    bytes[to++] = bits;
  }
  return bytes;
}

async function readUrl(url) {
  if (url.protocol === 'file:') {
    // Under a name that bundlers for browsers do not look up.
    const files = 'node:fs/promises';
    const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ files);
    return readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) refuse('CANNOT_READ', `${url} answered with ${response.status}`);
  return response.arrayBuffer();
}

/** What of a binary the caller or the deployment gave: base64, a place, bytes or a compiled module. */
async function compile(binary) {
  if (binary instanceof WebAssembly.Module) return binary;
  if (binary instanceof URL) return WebAssembly.compile(await readUrl(binary));
  return WebAssembly.compile(typeof binary === 'string' ? decodeBase64(binary) : binary);
}

const READERS = {
  classes: (values, { labels }) => {
    let best = 0;
    for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
    return { label: labels[best], scores: Object.fromEntries(labels.map((label, i) => [label, values[i]])) };
  },
  anomaly: (values) => ({ anomaly: values[0] }),
  value: (values) => ({ value: values[0] }),
  cells: (values, learner, impulse) => ({
    cells: values,
    ...(learner.minScore !== undefined && { boxes: impulse.boxesOf(learner, learner.minScore) }),
  }),
};

export class Impulse {
  #exports;

  constructor(info, exports) {
    this.info = info;
    this.simd = exports.simd() === 1;
    this.#exports = exports;
  }

  static async load(info, binaries, { simd = WebAssembly.validate(SIMD_PROBE), binary } = {}) {
    const fits = simd ? (binaries.simd ?? binaries.scalar) : (binaries.scalar ?? binaries.simd);
    const { exports } = await WebAssembly.instantiate(await compile(binary ?? fits));
    // Copies, because thresholds may be set.
    return new Impulse({ ...info, learners: info.learners.map((learner) => ({ ...learner })) }, exports);
  }

  get memory() {
    return this.#exports.memory;
  }

  predict(window) {
    const { inputSize } = this.info;
    if (window.length !== inputSize) refuseLength('window', window.length, inputSize);
    this.#floats('window', inputSize).set(window);
    this.#check(this.#exports.run());
    return this.#read();
  }

  push(slice) {
    const { sliceSize, sampleType } = this.info;
    if (sliceSize === 0) refuse('UNSUPPORTED', 'Windows of this impulse do not slide: call predict');
    if (slice.length !== sliceSize) refuseLength('slice', slice.length, sliceSize);
    for (let i = 0; i < sliceSize; i++) if (!Number.isFinite(slice[i])) this.#check(STATUS.notFinite);
    if (sampleType === 'int16') {
      const values = Int16Array.from(slice, (value) => Math.max(-32768, Math.min(32767, Math.round(value))));
      new Int16Array(this.memory.buffer, this.#exports.slice(), sliceSize).set(values);
    } else {
      this.#floats('slice', sliceSize).set(slice);
    }
    const status = this.#exports.push();
    if (status === STATUS.notReady) return undefined;
    this.#check(status);
    return this.#read();
  }

  reset() {
    if (this.info.sliceSize > 0) this.#exports.reset();
  }

  measure(window) {
    this.predict(window);
    const clock = globalThis.performance ?? Date;
    return this.info.steps.map((name, step) => {
      const start = clock.now();
      this.#exports.step(step);
      return { name, ms: clock.now() - start };
    });
  }

  /** Boxes of the latest window. */
  boxesOf(learner, minScore) {
    const count = this.#exports[`boxes${this.info.learners.indexOf(learner)}`](minScore);
    const view = new DataView(this.memory.buffer, this.#exports.found(), count * BOX_BYTES);
    return Array.from({ length: count }, (_, i) => {
      const at = i * BOX_BYTES;
      const [label, x, y, width, height] = [0, 4, 8, 12, 16].map((member) => view.getInt32(at + member, true));
      return { label: learner.labels[label], x, y, width, height, score: view.getFloat32(at + 20, true) };
    });
  }

  /** A view made anew, because memory that has grown is another buffer. */
  #floats(name, size) {
    return new Float32Array(this.memory.buffer, this.#exports[name](), size);
  }

  #read() {
    const { learners, resultSize } = this.info;
    const result = this.#floats('result', resultSize);
    const all = learners.map((learner) => {
      const values = result.slice(learner.at, learner.at + learner.size);
      return [learner.name, READERS[learner.answers](values, learner, this)];
    });
    // From last to first, so that the first of a kind stays.
    const first = Object.assign({}, ...all.map(([, answer]) => answer).reverse());
    return { ...first, learners: Object.fromEntries(all) };
  }

  #check(status) {
    if (status === STATUS.notFinite) refuse('BAD_DATA', 'A value is infinite or not a number');
    if (status !== STATUS.ok) refuse('UNSUPPORTED', `The impulse answered with status ${status}`);
  }
}
