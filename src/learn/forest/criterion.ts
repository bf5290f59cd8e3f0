/** What a tree counts of its rows, and how good it is to have them together. */
export interface Criterion {
  /** Numbers of a row's statistics; those of several rows add up. */
  readonly width: number;
  readonly add: (row: number, sums: Float64Array, at: number) => void;
  /** How alike the rows are that were added up, times their number: a split is good when this rises. */
  readonly merit: (sums: Float64Array, at: number) => number;
}

/** Gini impurity: the weight of each class is counted. */
export function gini(labels: Int32Array, weights: Float32Array): Criterion {
  const width = weights.length;
  return {
    width,
    add: (row, sums, at) => {
      const label = labels[row]!;
      sums[at + label]! += weights[label]!;
    },
    merit: (sums, at) => {
      let total = 0;
      let squares = 0;
      for (let i = at; i < at + width; i++) {
        const sum = sums[i]!;
        total += sum;
        squares += sum * sum;
      }
      return total > 0 ? squares / total : 0;
    },
  };
}

/**
 * Squared error of a constant, by the loss's first and second derivative at each row (Chen and Guestrin 2016, XGBoost,
 * equation 6): sums of the second and of the negative first. With targets and ones it is the variance.
 */
export function squared(gradient: Float64Array, curvature: Float64Array, l2: number): Criterion {
  return {
    width: 2,
    add: (row, sums, at) => {
      sums[at]! += curvature[row]!;
      sums[at + 1]! += gradient[row]!;
    },
    merit: (sums, at) => {
      const weight = sums[at]! + l2;
      return weight > 0 ? (sums[at + 1]! * sums[at + 1]!) / weight : 0;
    },
  };
}

/** The constant that is best for rows counted by {@link squared}. */
export function optimum([curvature, gradient]: Float64Array, l2: number): number {
  const weight = curvature! + l2;
  return weight > 0 ? gradient! / weight : 0;
}
