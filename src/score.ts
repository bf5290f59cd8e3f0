/** How trained blocks are judged; what is computed from it is in `src/metrics`. */
export interface ScoreOptions {
  /** Highest score of a window below this counts as "uncertain"; 0 to 1, default 0.6. Classifiers only. */
  readonly confidence?: number | undefined;
  /** Equal-width bins of the reliability diagram, default 15. Classifiers only. */
  readonly bins?: number | undefined;
  /**
   * The anomaly score from which a window counts as an anomaly: a number, or how to choose one. `f1` (largest F1) and
   * `youden` (largest true minus false positive rate) need windows of both sides; `{ quantile }` is that of the normal
   * windows' scores. Default: `f1`, or the 0.99 quantile where only one side is known.
   */
  readonly threshold?: number | ThresholdRule | undefined;
  /** Largest error that counts as right, in the unit of the value. Default: a tenth of the range of the true values. */
  readonly tolerance?: number | undefined;
  /** Whether curves are kept; default true. */
  readonly curves?: boolean | undefined;
}

export type ThresholdRule = 'f1' | 'youden' | { readonly quantile: number };

/** How well one class is found. */
export interface ClassFigures {
  /** Of the windows taken for this class, the share that are of it. */
  readonly precision: number;
  /** Of the windows of this class, the share that are found. */
  readonly recall: number;
  /** Harmonic mean of the two. */
  readonly f1: number;
  /** Windows of this class. */
  readonly windows: number;
  /** Area under the ROC curve of this class against all others; absent without both sides. */
  readonly auc?: number;
  /** Average precision of this class against all others; absent without both sides. */
  readonly averagePrecision?: number;
}

/** A point of a curve, both 0 to 1: false and true positive rate, or recall and precision. */
export type CurvePoint = readonly [x: number, y: number];

export interface Curves {
  /** False positive rate against true positive rate, from (0, 0) to (1, 1). */
  readonly roc: readonly CurvePoint[];
  /** Recall against precision, recall rising. */
  readonly precisionRecall: readonly CurvePoint[];
}

/** Windows whose highest score lies in `from` (exclusive, but for 0) to `to` (inclusive). */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly windows: number;
  /** Mean highest score; 0 when the bin is empty. */
  readonly confidence: number;
  /** Share that is right; 0 when the bin is empty. */
  readonly accuracy: number;
}

/** What becomes of a classifier when windows below a confidence are left undecided. */
export interface CertainScore {
  /** Least highest score of a window that counts as decided. */
  readonly confidence: number;
  /** Windows below it. */
  readonly uncertain: number;
  /** The same by true label. */
  readonly uncertainByClass: Readonly<Record<string, number>>;
  /** Share of right windows among those decided. */
  readonly accuracy: number;
  /** Share of windows both decided and right, of all: undecided ones count as wrong. */
  readonly accuracyOfAll: number;
}

/** A classifier's figures beyond accuracy, confusion and per-class figures. Windows of unknown labels count as "others". */
export interface ClassificationScore {
  /** Plain mean over the classes that occur as truth or prediction. */
  readonly macro: Omit<ClassFigures, 'windows'>;
  /** Mean weighted by windows. */
  readonly weighted: Omit<ClassFigures, 'windows'>;
  /** Mean negative natural logarithm of the true class's share of the scores; absent without windows. */
  readonly logLoss?: number;
  /** Expected calibration error: mean distance of confidence from accuracy, weighted by windows; absent without windows. */
  readonly calibrationError?: number;
  readonly reliability: readonly ReliabilityBin[];
  readonly certain: CertainScore;
  /** One class against all others, by label. */
  readonly curves?: Readonly<Record<string, Curves>>;
}

/** How well anomalies are told from normal windows. */
export interface DetectionScore {
  /** Windows with this score or a higher one count as anomalies. */
  readonly threshold: number;
  /** Where it came from. */
  readonly rule: 'given' | 'f1' | 'youden' | 'quantile';
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Absent without both sides. */
  readonly averagePrecision?: number;
  readonly curves?: Curves;
}

/** How far predicted values are from the true ones, in their unit. */
export interface RegressionScore {
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  /** Share of the variance explained, counting a constant offset as error; 1 is perfect, 0 as good as the mean. */
  readonly r2: number;
  /** The same without the offset. */
  readonly explainedVariance: number;
  readonly tolerance: number;
  /** Share of windows whose error is at most the tolerance. */
  readonly withinTolerance: number;
}

/** How many objects are found. A found box is right when the middle of an object of its class lies in it. */
export interface ObjectFigures {
  readonly truePositives: number;
  /** Boxes without an object, and all but one of those with the same object. */
  readonly falsePositives: number;
  /** Objects without a box. */
  readonly falseNegatives: number;
  readonly precision: number;
  readonly recall: number;
  /** Harmonic mean of the two. */
  readonly f1: number;
}

/** How well objects are found in pictures. Objects of classes unseen in training count for nothing. */
export interface ObjectScore extends ObjectFigures {
  readonly perClass: Readonly<Record<string, ObjectFigures>>;
}

/** What a learner says of one window, and whether it is right. */
export interface Verdict {
  /** Class label, `anomaly` or `normal`, the value, or the labels of all objects found. */
  readonly predicted: string | number;
  readonly wrong: boolean;
  /** Highest class score; for anomaly learners, how far the score is from the threshold. Absent for values. */
  readonly confidence?: number;
  /** Absolute error of a value; number of objects missed or made up. */
  readonly error?: number;
  /** Whether a classifier's highest score is below the threshold of confidence. */
  readonly uncertain?: boolean;
}

/** One scored learner; which figures there are is the learner's business. */
export interface Score {
  readonly windows: number;
  /** Share of windows with the right label, of those that can be right. Classifiers only. */
  readonly accuracy?: number;
  /** `confusion[actual][predicted]` by label. Classifiers only. */
  readonly confusion?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly perClass?: Readonly<Record<string, ClassFigures>>;
  /** Area under the ROC curve of the anomaly score, labels unseen in training counting as anomalies. */
  readonly auc?: number;
  readonly classification?: ClassificationScore;
  readonly detection?: DetectionScore;
  readonly regression?: RegressionScore;
  readonly objects?: ObjectScore;
  /** Window by window, in their order. */
  readonly verdicts?: readonly Verdict[];
}
