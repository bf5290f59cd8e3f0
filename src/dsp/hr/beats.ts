/** From a pulse wave to the places of its beats. Performs the same float32 operations as hr.h. */
const f32 = Math.fround;
/** Share of the usual strength below which a block is no beat, and what such a block takes from the usual strength. */
const FAINT = f32(0.35);
const FADE = f32(0.97);

/** What {@link findBeats} needs to know, in samples. */
export interface BeatRules {
  /** Half width of the short mean and of the long one. */
  readonly near: number;
  readonly around: number;
  readonly leastInterval: number;
  readonly mostBeats: number;
}

/**
 * Energy of what may be a beat, relative to the largest value: the positive half squared, or the slope; in place.
 * Returns its mean, 0 for no signal.
 */
export function energies(x: Float32Array, slope: boolean): number {
  const peak = x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  if (!(peak > f32(1e-30))) return 0;
  const scale = f32(1 / peak);
  let previous = f32(x[0]! * scale);
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const value = f32(x[i]! * scale);
    const next = i + 1 < x.length ? f32(x[i + 1]! * scale) : value;
    const part = slope ? f32(next - previous) : Math.max(0, value);
    previous = value;
    x[i] = part * part;
    sum = f32(sum + x[i]!);
  }
  return f32(sum / x.length);
}

/** Mean of the values within `half` of a place that moves along. */
class MovingMean {
  #inside = 0;
  #sum = 0;

  constructor(
    readonly x: Float32Array,
    readonly half: number,
  ) {
    for (let i = 0; i < half && i < x.length; i++) this.#enter(i);
  }

  /** Called with 0, 1, 2, ... */
  at(i: number): number {
    if (i + this.half < this.x.length) this.#enter(i + this.half);
    if (i > this.half) {
      this.#sum = f32(this.#sum - this.x[i - this.half - 1]!);
      this.#inside--;
    }
    return f32(this.#sum / this.#inside);
  }

  #enter(i: number): void {
    this.#sum = f32(this.#sum + this.x[i]!);
    this.#inside++;
  }
}

/** Beats are where a short mean of the energy exceeds a long one; each stands at the centre of its energy. */
export function findBeats(x: Float32Array, offset: number, rules: BeatRules): number[] {
  const near = new MovingMean(x, rules.near);
  const around = new MovingMean(x, rules.around);
  const keep = new BeatKeeper(rules);
  let start = -1;
  let sum = 0;
  let moment = 0;
  for (let i = 0; i < x.length; i++) {
    const high = near.at(i);
    const low = around.at(i);
    if (high > f32(low + offset)) {
      if (start < 0) [start, sum, moment] = [i, 0, 0];
      sum = f32(sum + x[i]!);
      moment = f32(moment + f32((i - start) * x[i]!));
    } else if (start >= 0) {
      // A block at the edge of the window is cut: its centre is elsewhere.
      if (start > 0 && i - start > rules.near) keep.add(f32(start + f32(moment / sum)), sum);
      start = -1;
    }
  }
  return keep.beats;
}

/** Keeps blocks of energy as beats unless they are faint, or too near the one before and not stronger. */
class BeatKeeper {
  readonly beats: number[] = [];
  #level = 0;
  #last = 0;

  constructor(readonly rules: BeatRules) {}

  add(place: number, strength: number): void {
    const { beats } = this;
    if (beats.length === 0) this.#level = strength;
    if (strength < f32(FAINT * this.#level)) {
      this.#level = f32(this.#level * FADE);
      return;
    }
    const bounded = Math.min(strength, 2 * this.#level);
    this.#level = f32(this.#level + f32((bounded > this.#level ? 0.5 : 0.125) * f32(bounded - this.#level)));
    if (beats.length > 0 && f32(place - beats.at(-1)!) < this.rules.leastInterval) {
      if (strength <= this.#last) return;
      beats.pop();
    }
    if (beats.length === this.rules.mostBeats) return;
    beats.push(place);
    this.#last = strength;
  }
}
