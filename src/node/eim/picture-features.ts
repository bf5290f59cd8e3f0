import { type Picture, placement, type ResizeMode, resizeCrop } from '../../dsp/primitives/resize/resize.js';
import { fail } from '../../errors.js';
import type { EimHello } from '../../targets/eim/hello.js';
import { isRecord, type Message } from './answers.js';
import { packPixels } from './eim-runner.js';

/** How the protocol names the ways to resize. */
const MODES: Readonly<Record<string, ResizeMode>> = {
  squash: 'squash',
  'fit-shortest': 'fit-short',
  'fit-longest': 'fit-long',
};

/** A picture as features, and the way back. */
export interface PictureFeatures {
  /** Pixels 0xRRGGBB of the model's input. */
  readonly features: Float32Array;
  /** A result whose boxes lie in the picture as it was sent, with what was done to it. */
  readonly inPicture: (result: Message) => Message;
}

/**
 * Brings a picture to the size that a model takes, the way the model was trained with.
 *
 * @throws `SHAPE_MISMATCH` for models that take no images, `BAD_OPTION` for sides above 16,384 pixels
 */
export function pictureFeatures({ model_parameters }: EimHello, picture: Picture): PictureFeatures {
  const { image_input_width: width, image_input_height: height, image_resize_mode } = model_parameters;
  if (!(width > 0 && height > 0)) refuseModel();
  const target = { width, height, mode: MODES[image_resize_mode] ?? 'squash' };
  const { values } = resizeCrop(withoutOpacity(picture), target);
  const { from, to } = placement(picture, target);
  const back = (box: unknown): unknown => {
    if (!isRecord(box)) return box;
    const [scaleX, scaleY] = [from.width / to.width, from.height / to.height];
    return {
      ...box,
      x: Math.round(from.left + (Number(box.x) - to.left) * scaleX),
      y: Math.round(from.top + (Number(box.y) - to.top) * scaleY),
      width: Math.round(Number(box.width) * scaleX),
      height: Math.round(Number(box.height) * scaleY),
    };
  };
  const { width: originalWidth, height: originalHeight } = picture;
  return {
    features: packPixels(values, 3),
    inPicture: (result) => ({
      ...result,
      ...(Array.isArray(result.bounding_boxes) && { bounding_boxes: result.bounding_boxes.map(back) }),
      resizeMode: image_resize_mode,
      resized: { originalWidth, originalHeight, newWidth: width, newHeight: height },
    }),
  };
}

/** Three channels of any number. */
function withoutOpacity({ width, height, channels, values }: Picture): Picture {
  if (channels === 3) return { width, height, channels, values };
  const out = new Uint8Array(width * height * 3);
  const colours = channels >= 3 ? [0, 1, 2] : [0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) out[3 * i + c] = values[i * channels + colours[c]!]!;
  }
  return { width, height, channels: 3, values: out };
}

function refuseModel(): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: '/api/image',
    got: 'a picture',
    expected: 'features: this model takes no images',
    fix: 'Post {"features": [...]} to /api/features.',
  });
}
