import type { IncomingMessage } from 'node:http';

/** A request that is answered with an error of HTTP. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Reads a body of limited size; what goes beyond is not kept. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const tooLong = new HttpError(413, `The body is longer than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLong;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLong;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The member `features` of a JSON body. */
export function featuresIn(body: Buffer, expected: number): Float32Array {
  const features = memberOf(parse(body), 'features');
  if (features === undefined) throw new HttpError(400, 'Missing "features" on body');
  if (!Array.isArray(features)) throw new HttpError(400, '"features" on body is not an array');
  if (features.length !== expected) {
    throw new HttpError(400, `Expected ${expected} features, but received ${features.length}`);
  }
  if (!features.every((value) => typeof value === 'number')) {
    throw new HttpError(400, 'Not every element of the "features" array is a number');
  }
  return Float32Array.from(features);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new HttpError(400, 'The body is no JSON');
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** The field `file` of a form, or the whole body when it is no form. */
export async function fileIn(body: Buffer<ArrayBuffer>, type: string): Promise<Uint8Array> {
  if (!type.startsWith('multipart/form-data')) return body;
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new HttpError(400, 'The body is no whole multipart/form-data');
  });
  const file = form.get('file');
  if (!(file instanceof Blob)) throw new HttpError(400, 'Missing "file" in the multipart/form-data');
  return new Uint8Array(await file.arrayBuffer());
}
