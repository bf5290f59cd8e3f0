/** A smooth function: its value, with the gradient written. */
export type Smooth = (x: Float64Array, gradient: Float64Array) => number;

interface Step {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

const MEMORY = 10;
/** Share of the predicted fall that a step must reach (Armijo). */
const SUFFICIENT = 1e-4;

/**
 * Goes down a convex function from `x`, in place, with L-BFGS, one iteration a step; ends where no part of the gradient
 * is above the tolerance.
 *
 * Source: Nocedal and Wright 2006, Numerical Optimization, algorithms 7.4 and 3.1.
 */
export function* minimise(f: Smooth, x: Float64Array, tolerance: number): Generator<number> {
  let gradient = new Float64Array(x.length);
  let value = f(x, gradient);
  const steps: Step[] = [];
  while (largest(gradient) > tolerance) {
    const direction = descent(gradient, steps);
    const slope = dot(direction, gradient);
    const next = new Float64Array(x.length);
    const nextGradient = new Float64Array(x.length);
    let length = steps.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(gradient, gradient))) : 1;
    let nextValue = Number.POSITIVE_INFINITY;
    for (; length > 1e-12; length /= 2) {
      for (let i = 0; i < x.length; i++) next[i] = x[i]! + length * direction[i]!;
      nextValue = f(next, nextGradient);
      if (nextValue <= value + SUFFICIENT * length * slope) break;
    }
    // No step makes it smaller: this is as far as the numbers reach.
    if (!(nextValue < value)) return;
    const s = next.map((v, i) => v - x[i]!);
    const y = nextGradient.map((v, i) => v - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12 * dot(y, y)) steps.push({ s, y, rho: 1 / curvature });
    if (steps.length > MEMORY) steps.shift();
    x.set(next);
    gradient = nextGradient;
    value = nextValue;
    yield value;
  }
}

/** The two loops that multiply the gradient by an estimate of the inverse Hessian. */
function descent(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const q = gradient.map((v) => -v);
  const shares = new Float64Array(steps.length);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { s, y, rho } = steps[i]!;
    shares[i] = rho * dot(s, q);
    addTo(q, y, -shares[i]!);
  }
  const last = steps.at(-1);
  const scale = last ? 1 / (last.rho * dot(last.y, last.y)) : 1;
  for (let i = 0; i < q.length; i++) q[i]! *= scale;
  steps.forEach(({ s, y, rho }, i) => {
    addTo(q, s, shares[i]! - rho * dot(y, q));
  });
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addTo(to: Float64Array, what: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * what[i]!;
}

function largest(values: Float64Array): number {
  return values.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
}
