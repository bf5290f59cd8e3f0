import type { CppFile } from '../../cpp.js';
import { ofRelease } from '../cpp/headers.js';
import type { Layout } from '../cpp/layout.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import constants from './constants.h.js';
import { metadataHeader } from './metadata.js';
import modelTypes from './model-types.h.js';
import numpy from './numpy.h.js';
import type { CompatibleValues } from './options.js';
import pages from './pages.h.js';
import portingDefaults from './porting.cpp.js';
import porting from './porting.h.js';
import returnTypes from './returntypes.h.js';
import runClassifier from './run-classifier.h.js';
import signal from './signal.h.js';
import smooth from './smooth.h.js';
import types from './types.h.js';
import { slicesOf, variablesHeader } from './variables.js';

/** Where programs expect what. */
const PLACES: Readonly<Record<string, CppFile>> = {
  'edge-impulse-sdk/classifier/ei_classifier_smooth.h': smooth,
  'edge-impulse-sdk/classifier/ei_classifier_types.h': types,
  'edge-impulse-sdk/classifier/ei_constants.h': constants,
  'edge-impulse-sdk/classifier/ei_model_types.h': modelTypes,
  'edge-impulse-sdk/classifier/ei_run_classifier.h': runClassifier,
  'edge-impulse-sdk/dsp/numpy.hpp': numpy,
  'edge-impulse-sdk/dsp/numpy_types.h': signal,
  'edge-impulse-sdk/dsp/returntypes.h': returnTypes,
  'edge-impulse-sdk/dsp/returntypes.hpp': returnTypes,
  'edge-impulse-sdk/porting/ei_classifier_porting.h': porting,
};

const PORTING = 'edge-impulse-sdk/porting/posix/ei_classifier_porting.cpp';

/** Sources that the compatibility headers need beside the library. */
export const COMPATIBLE_SOURCES: readonly string[] = [PORTING];

/** Headers of ours that the compatibility headers include. */
export function compatibleHeaders(layout: Layout): CppFile[] {
  const streams = slicesOf(layout).flatMap(({ streaming }) => streaming.stages.flatMap(({ cpp }) => cpp.headers));
  return [pages, ...streams];
}

/** Files with the names of Edge Impulse's C++ inferencing SDK, over a library of ours. */
export function compatibleFiles(layout: Layout, options: CompatibleValues, sources: readonly string[]) {
  const { name } = layout;
  return {
    ...Object.fromEntries(Object.entries(PLACES).map(([path, { text }]) => [path, ofRelease(text)])),
    [PORTING]: portingDefaults.text,
    'model-parameters/model_metadata.h': metadataHeader(layout, options),
    'model-parameters/model_variables.h': variablesHeader(layout),
    [`tflite-model/${name}_compiled.cpp`]: lines(
      LICENSE_LINE,
      '// The library as one source, for build files that compile this folder instead of the sources beside it.',
      ...sources.map((source) => `#include "${source}"`),
    ),
    [`${name}_inferencing.h`]: lines(
      LICENSE_LINE,
      `#ifndef IMPULSEKIT_LIBRARY_${name}_INFERENCING_H`,
      `#define IMPULSEKIT_LIBRARY_${name}_INFERENCING_H`,
      '',
      '#include "edge-impulse-sdk/classifier/ei_run_classifier.h"',
      '',
      `#endif  // IMPULSEKIT_LIBRARY_${name}_INFERENCING_H`,
    ),
  };
}
