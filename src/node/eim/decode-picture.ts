import type { Picture } from '../../dsp/primitives/resize/resize.js';
import { fail } from '../../errors.js';

/** Bytes of a file -> pixels, 3 or 4 channels. */
export type PictureDecoder = (file: Uint8Array) => Promise<Picture>;

/** More pixels are refused before they are decoded: files of a few bytes can hold billions. */
const MAX_PIXELS = 100_000_000;
const MAX_MEGABYTES = 512;

/** What is used of sharp. */
type Sharp = (
  file: Uint8Array,
  options: { limitInputPixels: number },
) => {
  rotate(): ReturnType<Sharp>;
  toColourspace(name: string): ReturnType<Sharp>;
  removeAlpha(): ReturnType<Sharp>;
  raw(): ReturnType<Sharp>;
  toBuffer(options: { resolveWithObject: true }): Promise<{ data: Uint8Array; info: Omit<Picture, 'values'> }>;
};

/** What is used of jpeg-js. */
type JpegJs = {
  decode(
    file: Uint8Array,
    options: { useTArray: true; formatAsRGBA: false; maxResolutionInMP: number; maxMemoryUsageInMB: number },
  ): { width: number; height: number; data: Uint8Array };
};

/** A package that users may or may not have installed, or why it cannot be loaded. */
async function optional<T>(name: string): Promise<{ readonly loaded?: T; readonly problem?: unknown }> {
  try {
    const { default: loaded }: { default: T } = await import(name);
    return { loaded };
  } catch (problem) {
    return { problem };
  }
}

const isJpeg = (file: Uint8Array): boolean => file[0] === 0xff && file[1] === 0xd8;

/**
 * Decodes a picture with what is installed: `sharp` for JPEG, PNG, WebP and others, else `jpeg-js` for JPEG.
 *
 * @throws `BAD_FILE`, `UNSUPPORTED` when neither is there
 */
export async function decodePicture(file: Uint8Array): Promise<Picture> {
  const { loaded: sharp, problem } = await optional<Sharp>('sharp');
  if (sharp) {
    const image = sharp(file, { limitInputPixels: MAX_PIXELS }).rotate().toColourspace('srgb').removeAlpha().raw();
    const { data, info } = await image.toBuffer({ resolveWithObject: true }).catch(refuseFile);
    return { width: info.width, height: info.height, channels: info.channels, values: new Uint8Array(data) };
  }
  const { loaded: jpeg } = isJpeg(file) ? await optional<JpegJs>('jpeg-js') : {};
  if (!jpeg) return refuseKind(isJpeg(file), problem);
  try {
    const limits = { maxResolutionInMP: MAX_PIXELS / 1e6, maxMemoryUsageInMB: MAX_MEGABYTES };
    const { width, height, data } = jpeg.decode(file, { useTArray: true, formatAsRGBA: false, ...limits });
    return { width, height, channels: 3, values: data };
  } catch (cause) {
    return refuseFile(cause);
  }
}

function refuseFile(cause: unknown): never {
  return fail({
    code: 'BAD_FILE',
    where: 'image',
    got: cause instanceof Error ? cause.message : String(cause),
    expected: 'a picture that can be decoded',
    fix: 'Send a whole JPEG or PNG file.',
    cause,
  });
}

/** `cause` says why sharp, which is installed, does not run: on a machine it was not installed for, for example. */
function refuseKind(jpeg: boolean, cause: unknown): never {
  return fail({
    code: 'UNSUPPORTED',
    where: 'image',
    got: `a ${jpeg ? 'JPEG' : 'picture'} file that nothing installed here can decode`,
    expected: 'the optional package sharp (any picture) or jpeg-js (JPEG), or raw RGB bytes',
    fix: 'Run "npm install sharp" beside impulsekit, give serveHttp a decode function, or send raw pixels.',
    cause,
  });
}
