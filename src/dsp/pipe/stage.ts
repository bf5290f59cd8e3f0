import type { ProcessingStage, View } from '../../block.js';
import { addWork } from '../../cost.js';
import type { CppStage, Optimize } from '../../cpp.js';
import { sizeOf } from '../../spec.js';
import type { CppStream, Stream, StreamStage } from '../../stream.js';
import { layoutPipe, type PipeLayout } from './layout.js';

/** Runs stages one after another, each on the output of the one before. */
export function pipeStage(stages: readonly ProcessingStage[]): ProcessingStage {
  const layout = layoutPipe(stages);
  const last = stages.length - 1;
  const values = stages.slice(0, last).map((stage) => new Float32Array(sizeOf(stage.output)));
  /** Everything behind the first stage. */
  const rest = (out: Float32Array): void => {
    for (let i = 1; i <= last; i++) stages[i]!.run(values[i - 1]!, i === last ? out : values[i]!);
  };
  return {
    input: stages[0]!.input,
    output: stages[last]!.output,
    work: addWork(...stages.map((stage) => stage.work)),
    cpp: pipeCpp(stages, layout),
    run: (x, out) => {
      stages[0]!.run(x, values[0]!);
      rest(out);
    },
    views: (x) => pipeViews(stages, x),
    stream: (strideSamples) => {
      const first = stages[0]!.stream(strideSamples);
      const later = addWork(...stages.slice(1).map((stage) => stage.work));
      return pipeStream(first, later, layout, (): Stream => {
        const stream = first.open();
        return {
          push: (slice, out) => {
            if (!stream.push(slice, values[0]!)) return false;
            rest(out);
            return true;
          },
          reset: stream.reset,
        };
      });
    },
  };
}

/** The window, what happens inside every stage, and what goes from one to the next. */
function pipeViews(stages: readonly ProcessingStage[], x: Float32Array): View[] {
  let value = x;
  return stages.flatMap((stage, i) => {
    const views = stage.views(value);
    value = views.at(-1)!.values;
    return i === 0 ? views : views.slice(1);
  });
}

const stageName = (name: string, i: number): string => `${name}Stage${i}`;

/** A value between two stages as C++. */
function valueText({ values }: PipeLayout, i: number, type: string): string {
  const at = values[i]!;
  return at === 'out' ? 'out' : `${type}at(scratch, ${at})`;
}

function pipeCpp(stages: readonly ProcessingStage[], layout: PipeLayout): CppStage {
  const emitted = (name: string, optimize?: Optimize): ReturnType<CppStage['emit']>[] =>
    stages.map((stage, i) => stage.cpp.emit(stageName(name, i), optimize));
  const call = (name: string, i: number, input: string): string =>
    `    ${stageName(name, i)}::run(${input}, ${valueText(layout, i, '')}, at(scratch, ${layout.scratch[i]}));`;
  return {
    headers: [...new Set(stages.flatMap((stage) => stage.cpp.headers))],
    scratchBytes: layout.bytes,
    constBytes: stages.reduce((sum, stage) => sum + stage.cpp.constBytes, 0),
    codeBytes: Object.assign({ 'dsp/pipe': 24 * stages.length }, ...stages.map((stage) => stage.cpp.codeBytes)),
    emit: (name, optimize) => ({
      declaration: [
        ...emitted(name, optimize).map(({ declaration }) => declaration),
        `struct ${name} {`,
        `  static constexpr int32_t kScratchBytes = ${layout.bytes};`,
        '',
        '  template <class In>',
        '  static void run(In in, float* out, void* scratch) {',
        call(name, 0, 'in'),
        '    rest(out, scratch);',
        '  }',
        '',
        '  /** Everything behind the first block. */',
        '  static void rest(float* out, void* scratch) {',
        ...stages.slice(1).map((_, i) => call(name, i + 1, `constant(${valueText(layout, i, '')})`)),
        '  }',
        '',
        '  static float* at(void* scratch, int32_t offset) {',
        '    return static_cast<float*>(static_cast<void*>(static_cast<char*>(scratch) + offset));',
        '  }',
        '',
        ' private:',
        '  static const float* constant(const float* value) { return value; }',
        '};',
      ].join('\n'),
      definition: emitted(name, optimize)
        .map(({ definition }) => definition)
        .filter((text) => text !== '')
        .join('\n'),
    }),
  };
}

/** The first stage slice by slice; what follows has no more to do with time. */
function pipeStream(
  first: StreamStage,
  later: StreamStage['work'],
  layout: PipeLayout,
  open: () => Stream,
): StreamStage {
  const { strideSamples, work, cpp, inPieces } = first;
  return {
    strideSamples,
    open,
    work: addWork(work, later),
    cpp: pipeStreamCpp(cpp, layout),
    inPieces: (pieceSamples) => pipeStreamCpp(inPieces(pieceSamples), layout),
  };
}

function pipeStreamCpp(cpp: CppStream, layout: PipeLayout): CppStream {
  return {
    headers: cpp.headers,
    stateBytes: cpp.stateBytes,
    writesOnce: false,
    codeBytes: cpp.codeBytes,
    emit: (name, stage, sample) =>
      [
        cpp.emit(`${name}First`, stageName(stage, 0), sample),
        `struct ${name} {`,
        `  static constexpr int32_t kStateBytes = ${name}First::kStateBytes;`,
        '',
        `  static void reset(void* state) { ${name}First::reset(state); }`,
        '',
        `  static bool push(const ${sample}* slice, float* out, void* state, void* scratch) {`,
        `    float* const value = ${valueText(layout, 0, `${stage}::`)};`,
        `    if (!${name}First::push(slice, value, state, ${stage}::at(scratch, ${layout.scratch[0]}))) return false;`,
        `    ${stage}::rest(out, scratch);`,
        '    return true;',
        '  }',
        '};',
        `static_assert(${name}::kStateBytes <= ${cpp.stateBytes(sample)}, "${name}: more state than planned");`,
      ].join('\n'),
  };
}
