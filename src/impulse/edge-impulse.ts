import type { LearningBlock, ProcessingBlock } from '../block.js';
import { EDGE_IMPULSE_TYPES, edgeImpulseBlock } from '../dsp/edge-impulse.js';
import { pipe } from '../dsp/pipe/pipe.js';
import { select } from '../dsp/select/select.js';
import { show } from '../errors.js';
import type { Design, Route } from './design.js';
import { ExportReader, type Place } from './edge-impulse-json.js';
import { learnerOf } from './edge-impulse-learn.js';
import { Impulse } from './impulse.js';
import { audio, type InputBlock, image, motion } from './input.js';

/** An impulse from another tool's design, and what of it was left behind. */
export class ImportedImpulse extends Impulse {
  /** One sentence for each part of the design that has no counterpart here, or that was not in the export. */
  readonly notes: readonly string[];

  /** @throws `SHAPE_MISMATCH`, `BAD_OPTION` when sizes do not meet */
  constructor(design: Design, notes: readonly string[]) {
    super(design);
    this.notes = notes;
  }
}

/** Configurations of blocks by their id, where the export does not hold them itself. */
export interface EdgeImpulseConfigs {
  /** Answers of `/api/{projectId}/dsp/{id}`, or parameters by name. */
  readonly dsp?: Readonly<Record<string, unknown>>;
  /** Answers of `/api/{projectId}/training/keras/{id}` and `/training/anomaly/{id}`. */
  readonly learn?: Readonly<Record<string, unknown>>;
}

/**
 * A whole impulse from an Edge Impulse design: input, processing blocks and learners, not trained.
 *
 * Takes `deployment-metadata.json`, the answer of `/api/{projectId}/impulse`, or the design itself, as text or parsed:
 * an object with `inputBlocks`, `dspBlocks` and `learnBlocks`. Parameters of processing blocks are taken from
 * `metadata.dspConfig.options`, `config` or `parameters`, those of learners from `config`, or both from `configs`; what is
 * not there gets our defaults and a note. Blocks that see some of the axes become `pipe(select(...), block)`. Images come
 * in as packed pixels.
 *
 * Source: the published file specification and API. Weights are not part of a design: train, or use `tflite`.
 *
 * @throws `BAD_FILE` for anything else, `UNSUPPORTED` naming a block of a type, version or setting that is not here,
 * `BAD_OPTION`, `UNKNOWN_OPTION`, `SHAPE_MISMATCH`
 * @example
 * ```ts
 * const motion = importEdgeImpulse(await readFile('deployment-metadata.json', 'utf8'));
 * console.log(motion.notes);
 * const model = await motion.fit(samples);
 * ```
 */
export function importEdgeImpulse(json: unknown, configs: EdgeImpulseConfigs = {}): ImportedImpulse {
  const reader = new ExportReader(json, configs);
  const { blocks } = reader;
  const learners = blocks.learn.map((place) => ({ place, sources: reader.idsOf(place, 'dsp') }));
  for (const { place, sources } of learners) {
    const unknown = sources.find((id) => !blocks.dsp.some((one) => one.id === id));
    if (unknown !== undefined) reader.missing(place, `processing block ${unknown}`);
  }
  const used = new Set(learners.flatMap(({ sources }) => sources));
  for (const place of blocks.dsp) {
    if (!used.has(place.id)) reader.note(`${place.name} is left out: no learning block takes its features.`);
  }
  const dsp = blocks.dsp.filter(({ id }) => used.has(id));
  const inputs = new Set(dsp.map((place) => inputOf(place, blocks.input)));
  if (inputs.size !== 1) {
    reader.refuse(
      'UNSUPPORTED',
      'inputBlocks',
      `${inputs.size} input blocks in use`,
      'one',
      'Import the impulses one by one.',
    );
  }
  const [input] = inputs as unknown as [Place];
  const axes = [...new Set(dsp.flatMap((place) => reader.axesOf(place)))];
  const names = new Map(dsp.map((place) => [place.id, reader.identifier(place)]));
  return new ImportedImpulse(
    {
      input: inputBlock(reader, input, axes),
      dsp: Object.fromEntries(dsp.map((place) => [names.get(place.id)!, processing(reader, place, axes)])),
      learn: Object.fromEntries(
        learners.map(({ place, sources }): [string, Route] => {
          const inputs = sources.map((id) => names.get(id)!);
          return [reader.identifier(place), { inputs, learner: learnerOf(reader, place) as LearningBlock }];
        }),
      ),
    },
    reader.notes,
  );

  function inputOf(place: Place, all: readonly Place[]): Place {
    const id = place.json.input;
    if (id === undefined && all.length === 1) return all[0]!;
    return all.find((one) => one.id === id) ?? reader.missing(place, `input block ${show(id)}`);
  }
}

function inputBlock(reader: ExportReader, place: Place, axes: readonly string[]): InputBlock {
  const { json, name } = place;
  const number = (key: string): number => {
    const value = json[key];
    return typeof value === 'number' ? value : reader.missing(place, key);
  };
  if (json.datasetSubset !== undefined) reader.note(`${name}: the subset of the data set is not taken over.`);
  if (json.type === 'image') {
    if (json.resizeMethod !== undefined) {
      reader.note(`${name}: resizing is bilinear, as on the device, not ${show(json.resizeMethod)}.`);
    }
    const { resizeMode = 'squash', cropAnchor = 'middle-center' } = json;
    if (resizeMode === 'crop') {
      reader.refuse(
        'UNSUPPORTED',
        `${name}.resizeMode`,
        '"crop"',
        'squash, fit-short or fit-long',
        'Choose another mode.',
      );
    }
    const size = { width: number('imageWidth'), height: number('imageHeight') };
    return image({ ...size, packed: true, resizeMode: resizeMode as 'squash', cropAnchor: cropAnchor as 'top-left' });
  }
  if (json.type !== 'time-series') {
    reader.refuse(
      'UNSUPPORTED',
      `${name}.type`,
      show(json.type),
      '"time-series" or "image"',
      'Use recordings as input.',
    );
  }
  if (json.padZeros === false) {
    reader.note(`${name}: recordings shorter than a window are padded with zeros here, not left out.`);
  }
  if (json.classificationWindowIncreaseMs !== undefined) {
    reader.note(`${name}: live classification takes the same step as training.`);
  }
  const windowing = {
    rateHz: number('frequencyHz'),
    windowMs: number('windowSizeMs'),
    strideMs: json.windowIncreaseMs === undefined ? 0 : number('windowIncreaseMs'),
  };
  return axes.length === 1 && axes[0] === 'audio' ? audio(windowing) : motion({ ...windowing, axes });
}

function processing(reader: ExportReader, place: Place, all: readonly string[]): ProcessingBlock {
  const { json, name } = place;
  const type = String(json.type).replaceAll('-', '_');
  if (!EDGE_IMPULSE_TYPES.includes(type)) {
    const known = EDGE_IMPULSE_TYPES.join(', ');
    reader.refuse(
      'UNSUPPORTED',
      `${name}.type`,
      show(json.type),
      `one of ${known}`,
      'Replace the block in the design.',
    );
  }
  if (json.implementationVersion === undefined) reader.note(`${name}: no version in the export, taken as version 1.`);
  const block = reader.within(name, () =>
    edgeImpulseBlock(type, (json.implementationVersion ?? 1) as number, reader.parametersOf(place)),
  );
  const axes = reader.axesOf(place);
  const isWhole = axes.length === all.length && axes.every((axis, i) => axis === all[i]);
  return (isWhole || type === 'image' ? block : pipe(select({ axes }), block)) as ProcessingBlock;
}
