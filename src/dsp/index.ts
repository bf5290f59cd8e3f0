export { autotune, type SignalData } from './autotune/autotune.js';
export { type FeatureImportance, featureImportance } from './autotune/importance.js';
export { correlation } from './correlation/correlation.js';
export { edgeImpulseBlock } from './edge-impulse.js';
export { type Explanation, explain } from './explain/explain.js';
export { features, type ImageWindow, type SignalWindow } from './features.js';
export { filter } from './filter/filter.js';
export { FilterStream } from './filter/stream.js';
export { flatten } from './flatten/flatten.js';
export { hr } from './hr/hr.js';
export { mfcc } from './mfcc/mfcc.js';
export { mfe } from './mfe/mfe.js';
export { pcen } from './pcen/pcen.js';
export { pipe } from './pipe/pipe.js';
export { pixels, pixelsInt8 } from './pixels/pixels.js';
export {
  type CropAnchor,
  type Picture,
  type ResizeMode,
  type ResizeOptions,
  resizeCrop,
  resizeHeader,
  yuv422ToRgb,
} from './primitives/resize/resize.js';
export { raw } from './raw/raw.js';
export { scaler } from './scaler/scaler.js';
export { select } from './select/select.js';
export { spectral } from './spectral/spectral.js';
export { spectrogram } from './spectrogram/spectrogram.js';
export { spectrum } from './spectrum/spectrum.js';
export { type ContinuousFeatures, type ContinuousOptions, continuous } from './stream/continuous.js';
