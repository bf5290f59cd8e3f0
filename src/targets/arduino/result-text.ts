import { formOf, isLabelled } from '../cpp/answers.js';
import type { Layout, LearnerLayout } from '../cpp/layout.js';

/** A function of a sketch that prints what one window gave. */
export function printText({ name, learners }: Layout): string[] {
  return [
    `static void print(const ${name}::Result& result) {`,
    ...learners.flatMap((learner) => learnerLines(name, learner)),
    '}',
  ];
}

function learnerLines(name: string, learner: LearnerLayout): string[] {
  const { block, member, labelsName, countName, boxesName, size } = learner;
  if (block.boxes) {
    return [
      `  ${name}::Box found[10];`,
      `  const int32_t count = ${name}::${boxesName}(result, found, 10);`,
      '  for (int32_t i = 0; i < count; ++i) {',
      `    Serial.print(${name}::${labelsName}[found[i].label]);`,
      '    Serial.print(" at ");',
      '    Serial.print(found[i].x);',
      '    Serial.print(", ");',
      '    Serial.println(found[i].y);',
      '  }',
    ];
  }
  if (!formOf(learner).isArray) {
    return [`  Serial.print("${member}: ");`, `  Serial.println(result.${member}, 5);`];
  }
  const named = formOf(learner).hasBest && isLabelled(learner);
  return [
    `  for (int32_t i = 0; i < ${named ? `${name}::${countName}` : size}; ++i) {`,
    named ? `    Serial.print(${name}::${labelsName}[i]);` : '    Serial.print(i);',
    '    Serial.print(": ");',
    `    Serial.println(result.${member}[i], 5);`,
    '  }',
  ];
}

/** What a window is expected to print, for a comment. */
export function expectedText({ learners }: Layout, scores: readonly Float32Array[]): string {
  const parts = learners.map(({ member }, i) => {
    const values = scores[i]!;
    const shown = [...values.subarray(0, 8)].map((v) => v.toFixed(5)).join(' ');
    return `${member} ${shown}${values.length > 8 ? ' ...' : ''}`;
  });
  return parts.join(', ');
}
