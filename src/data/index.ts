export type { Box } from '../box.js';
export { parseAcquisition } from './acquisition.js';
export { type CsvOptions, parseCsv } from './csv.js';
export { type GroupBy, groupsOf } from './groups.js';
export { type Image, imageSignal, type PixelFormat } from './image.js';
export {
  type Category,
  checkLabel,
  checkSegments,
  type LabelEntry,
  labelOfFileName,
  parseBoundingBoxes,
  parseInfoLabels,
  parseStructuredLabels,
} from './labels.js';
export { md5 } from './md5.js';
export { isRecordingName, parseRecording } from './parse.js';
export { resample } from './resample.js';
export {
  checkSignal,
  type Dataset,
  lengthOf,
  type Recording,
  type Sample,
  type Segment,
  type Signal,
  viewOf,
} from './sample.js';
export { type SplitOptions, splitCategory, splitDataset } from './split.js';
export { parseWav, type WavOptions } from './wav.js';
export {
  type LabelRule,
  type SliceOptions,
  selectAxes,
  sliceWindows,
  toWindows,
  type Window,
  type WindowOptions,
} from './windows.js';
