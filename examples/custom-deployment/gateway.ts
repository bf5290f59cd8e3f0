// A deployment of one's own: a program that reads windows as text and writes scores, with a manifest for the gateway
// that runs it. It builds on the C++ library; the engine is the caller's choice.
import { choice, cppLibrary, deploymentBlock, type Engine, native, sizeOf, value } from 'impulsekit';

export const gateway = (engine: Engine = native()) =>
  deploymentBlock({
    type: 'acme-gateway',
    version: 1,
    params: {
      name: value<string>('impulse', 'Name of the program.'),
      priority: choice(['low', 'high'], 'low', 'How the gateway schedules it.'),
    },
    emit: (program, { name, priority }) => {
      const { files } = cppLibrary({ name, engine }).emit(program);
      const sources = Object.keys(files).filter((path) => /^\w+\.cpp$/.test(path) && !path.endsWith('_continuous.cpp'));
      const { labels } = program.learn[0]!.block;
      const manifest = { name, priority, engine: engine.name, values: sizeOf(program.input), labels };
      return {
        files: {
          ...files,
          'acme.json': `${JSON.stringify(manifest, null, 2)}\n`,
          'gateway.cpp': mainText(name, labels.length),
        },
        build: {
          sources: ['gateway.cpp', ...sources],
          flags: ['-std=c++11', '-O2', '-ffp-contract=off', '-I.'],
          libraries: ['-lm'],
        },
      };
    },
  });

const mainText = (name: string, scores: number): string => `#include <stdio.h>

#include "${name}.h"

int main() {
  static float window[${name}::kInputSize];
  for (int32_t at = 0; scanf("%f", &window[at]) == 1;) {
    if (++at < ${name}::kInputSize) continue;
    at = 0;
    ${name}::Result result;
    if (${name}::run(window, &result) != ${name}::Status::kOk) return 1;
    for (int32_t i = 0; i < ${scores}; ++i) printf("%.9g ", static_cast<double>(result.scores[i]));
    printf("\\n");
  }
  return 0;
}
`;
