/** Zero crossings of the sinc on either side of its middle. */
const CROSSINGS = 16;

/** A signal at another rate, chunk by chunk: a sinc under a Hann window, which also keeps out what would alias. */
export class Resampler {
  #ratio;
  #cut;
  #reach;
  #kept;
  /** Position of the next output among the kept inputs. */
  #at;
  #weights = new Map();

  constructor(fromHz, toHz) {
    this.#ratio = fromHz / toHz;
    this.#cut = Math.min(1, toHz / fromHz);
    this.#reach = Math.ceil(CROSSINGS / this.#cut);
    this.#kept = new Float32Array(this.#reach);
    this.#at = this.#reach;
  }

  push(samples) {
    const all = new Float32Array(this.#kept.length + samples.length);
    all.set(this.#kept);
    all.set(samples, this.#kept.length);
    const out = [];
    for (; this.#at + this.#reach < all.length; this.#at += this.#ratio) {
      const middle = Math.floor(this.#at);
      const weights = this.#weightsOf(this.#at - middle);
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * (all[middle - this.#reach + 1 + i] ?? 0);
      out.push(sum);
    }
    const used = Math.max(0, Math.floor(this.#at) - this.#reach);
    this.#kept = all.slice(used);
    this.#at -= used;
    return Float32Array.from(out);
  }

  /** Weights of the inputs around an output that lies `fraction` behind one of them. */
  #weightsOf(fraction) {
    const phase = Math.round(fraction * 1024);
    const known = this.#weights.get(phase);
    if (known) return known;
    const weights = Float32Array.from({ length: 2 * this.#reach }, (_, i) => {
      const distance = i + 1 - this.#reach - phase / 1024;
      const x = Math.PI * distance * this.#cut;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      const hann = 0.5 + 0.5 * Math.cos((Math.PI * distance) / (this.#reach + 1));
      return this.#cut * sinc * hann;
    });
    this.#weights.set(phase, weights);
    return weights;
  }
}
