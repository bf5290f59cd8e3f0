import { sizeOf } from '../../spec.js';
import type { Streaming } from '../streaming.js';
import type { Layout } from './layout.js';
import { featuresOf, LICENSE_LINE, lines } from './wiring.js';

/** The parts of C++ that drive processing blocks slice by slice over `state` and the arena. */
export interface StreamText {
  /** Headers to include, sorted. */
  readonly headers: readonly string[];
  /** Types of the streams. */
  readonly types: readonly string[];
  /** What gives access to `state`. */
  readonly access: readonly string[];
  /** Takes `slice`; gives what `full` becomes. */
  readonly push: readonly string[];
  /** Stores features that a stream cannot write as int8. */
  readonly store: readonly string[];
  readonly reset: readonly string[];
}

export function streamText(layout: Layout, streaming: Streaming): StreamText {
  const { sample, streams, offsets, rowOffsets } = streaming;
  const { program, steps } = layout;
  const headers = new Set(streams.flatMap((stream) => stream.headers.map(({ path }) => path)));
  const dsp = program.dsp.map(({ scratchOffset, stage }, i) => {
    const rows = rowOffsets[i] === undefined ? undefined : `rows(${rowOffsets[i]})`;
    const [out, scratch] = [rows ?? featuresOf(layout, i), `floats(${scratchOffset})`];
    const type = `${steps[i]!.cppType}Stream`;
    return {
      types: [streams[i]!.emit(type, steps[i]!.cppType, sample), ''],
      push: `  full = ${type}::push(slice, ${out}, state + ${offsets[i]}, ${scratch}) && full;`,
      store: rows ? [`  impulsekit::store(${rows}, ${featuresOf(layout, i)}, ${sizeOf(stage.output)});`] : [],
      reset: `  ${type}::reset(state + ${offsets[i]});`,
    };
  });
  return {
    headers: [...headers].sort(),
    types: dsp.flatMap(({ types }) => types),
    access: rowOffsets.some((offset) => offset !== undefined) ? ROWS : [],
    push: dsp.map(({ push }) => push),
    store: dsp.flatMap(({ store }) => store),
    reset: dsp.map(({ reset }) => reset),
  };
}

const ROWS = [
  '',
  '/// Features whose stream goes over them more than once, before they are stored.',
  'float* rows(int32_t offset) { return static_cast<float*>(static_cast<void*>(state + offset)); }',
];

/** `<name>_continuous.cpp`, a file of its own so that its memory is there only in programs that use it. */
export function continuousSource(layout: Layout, streaming: Streaming): string {
  const { name } = layout;
  const { headers, types, access, push, store, reset } = streamText(layout, streaming);
  return lines(
    LICENSE_LINE,
    `#include "${name}.h"`,
    '',
    `#include "${name}_parameters.h"`,
    ...headers.map((path) => `#include "impulsekit/${path}"`),
    '',
    `namespace ${name} {`,
    'namespace {',
    '',
    'using namespace detail;',
    '',
    ...types,
    `alignas(16) unsigned char state[${streaming.stateBytes}];`,
    'bool ready = false;',
    ...access,
    '',
    '}  // namespace',
    '',
    `Status detail::slide(const ${streaming.sample}* slice) {`,
    '  if (!impulsekit::allFinite(slice, kSliceSize)) return Status::kNotFinite;',
    '  if (!ready) reset_continuous();',
    '  bool full = true;',
    ...push,
    '  if (!full) return Status::kNotReady;',
    ...store,
    '  return Status::kOk;',
    '}',
    '',
    `Status run_continuous(const ${streaming.sample}* slice, Result* result) {`,
    '  if (slice == nullptr || result == nullptr) return Status::kNullPointer;',
    '  const Status status = slide(slice);',
    '  if (status == Status::kOk) learn(result);',
    '  return status;',
    '}',
    '',
    'void reset_continuous() {',
    ...reset,
    '  ready = true;',
    '}',
    '',
    `}  // namespace ${name}`,
  );
}
