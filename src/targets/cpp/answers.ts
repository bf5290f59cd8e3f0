import type { Answers, BoxFinder, TrainedBlock } from '../../block.js';
import { floatLiteral } from '../../cpp.js';
import { shapeOf } from '../../spec.js';

/** C++ names of what a learner gives, and its place in `Result`. */
export interface AnswerNames {
  /** Member of `Result`. */
  readonly member: string;
  /** Names of constants and functions: `kLabels`, or `kStateLabels` when several learners have labels. */
  readonly labelsName: string;
  readonly countName: string;
  readonly bestName: string;
  readonly heightName: string;
  readonly widthName: string;
  readonly boxesName: string;
  readonly minScoreName: string;
}

type Answer = AnswerNames & { readonly block: TrainedBlock };

/** How an answer stands in emitted C++. */
export interface AnswerForm {
  /** Member of `Result`, where the learner has no name of its own. */
  readonly member: string;
  /** Whether the member is an array; else it is one float. */
  readonly isArray: boolean;
  /** Whether there is a function that gives the index of the highest score. */
  readonly hasBest: boolean;
  /** Constants in front of the labels. */
  readonly constants: (answer: Answer) => readonly string[];
  /** The member of `Result` with its comment. */
  readonly lines: (answer: Answer) => readonly string[];
  /** A function that makes more of it, declared and defined; absent where there is none. */
  readonly method?: (answer: Answer) => {
    readonly declaration: readonly string[];
    readonly definition: readonly string[];
  };
  /** What a user does with it, for the comment at the head of the header. */
  readonly usage: (answer: Answer, namespace: string) => string;
  /** Its floats by position, for the README. */
  readonly legend: (answer: Answer) => readonly string[];
}

const none = (): readonly string[] => [];

/** One row for everything a learner may say; nothing else in this folder knows the difference. */
export const ANSWERS: Readonly<Record<Answers, AnswerForm>> = {
  classes: {
    member: 'scores',
    isArray: true,
    hasBest: true,
    constants: none,
    lines: ({ member, countName }) => ['  /// One score per label, 0 to 1.', `  float ${member}[${countName}];`],
    usage: ({ labelsName, bestName }, at) => `puts(${at}::${labelsName}[${at}::${bestName}(result)]);`,
    legend: ({ block, member }) => block.labels.map((label, i) => `    ${member}[${i}]  ${JSON.stringify(label)}`),
  },
  anomaly: {
    member: 'anomaly',
    isArray: false,
    hasBest: false,
    constants: none,
    lines: ({ member }) => ['  /// Anomaly score: 0 or less is normal, higher is stranger.', `  float ${member};`],
    usage: ({ member }) => `if (result.${member} > 0.3f) puts("anomaly");`,
    legend: none,
  },
  value: {
    member: 'value',
    isArray: false,
    hasBest: false,
    constants: none,
    lines: ({ member }) => ['  /// Predicted value, in the unit of the training labels.', `  float ${member};`],
    usage: ({ member }) => `printf("%f\\n", static_cast<double>(result.${member}));`,
    legend: none,
  },
  cells: {
    member: 'cells',
    isArray: true,
    hasBest: false,
    constants: ({ block, heightName, widthName }) => {
      const [height, width] = shapeOf(block.output);
      return [
        '/// Rows and columns of the grid of cells.',
        `constexpr int32_t ${heightName} = ${height};`,
        `constexpr int32_t ${widthName} = ${width};`,
      ];
    },
    lines: ({ member, countName, heightName, widthName }) => [
      '  /// Scores of every cell, 0 to 1, row by row: the background first, then one per label.',
      `  float ${member}[${heightName} * ${widthName} * (${countName} + 1)];`,
    ],
    method: (answer) => (answer.block.boxes ? boxesMethod(answer, answer.block.boxes) : NO_METHOD),
    usage: ({ block, member, labelsName, boxesName }, at) =>
      block.boxes
        ? `${at}::Box found[10];\nfor (int32_t i = 0, n = ${at}::${boxesName}(result, found, 10); i < n; ++i) puts(${at}::${labelsName}[found[i].label]);`
        : `if (result.${member}[1] > 0.5f) puts(${at}::${labelsName}[0]);  // the first label in the upper left cell`,
    legend: ({ block, member }) => {
      const width = shapeOf(block.output)[1]!;
      const classes = block.labels.length + 1;
      const names = ['background', ...block.labels.map((label) => JSON.stringify(label))];
      return names.map((name, i) => `    ${member}[(row * ${width} + column) * ${classes} + ${i}]  ${name}`);
    },
  },
};

const NO_METHOD = { declaration: [], definition: [] };

function boxesMethod({ member, labelsName, boxesName, minScoreName }: Answer, { minScore, cpp }: BoxFinder) {
  const parameters = 'const Result& result, Box* out, int32_t capacity';
  return {
    declaration: [
      '/// Least score of a cell that counts as an object.',
      `constexpr float ${minScoreName} = ${floatLiteral(minScore)};`,
      `/// Joins cells of one class that touch into boxes, highest score first; their labels are indices into ${labelsName}.`,
      '/// Gives how many there are, at most `capacity`.',
      `int32_t ${boxesName}(${parameters}, float minScore = ${minScoreName});`,
    ],
    definition: [
      `int32_t ${boxesName}(${parameters}, float minScore) {`,
      `  return out == nullptr ? 0 : ${cpp.function}(result.${member}, minScore, out, capacity);`,
      '}',
    ],
  };
}

/** What {@link AnswerForm.method} of a detector fills in. */
export const BOX_TYPE: readonly string[] = [
  '/// An object that was found.',
  'struct Box {',
  '  int32_t label;',
  '  /// Pixels of the window, from the upper left corner.',
  '  int32_t x, y, width, height;',
  '  /// Highest score of its cells, 0 to 1.',
  '  float score;',
  '};',
];

export const formOf = ({ block }: { readonly block: TrainedBlock }): AnswerForm => ANSWERS[block.answers];

/** Whether an answer comes with names. */
export const isLabelled = ({ block }: { readonly block: TrainedBlock }): boolean => block.labels.length > 0;
