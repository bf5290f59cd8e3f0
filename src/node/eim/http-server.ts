import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Picture } from '../../dsp/primitives/resize/resize.js';
import { fail, ImpulseError, show, throwIfAborted } from '../../errors.js';
import type { TrainedImpulse } from '../../impulse/index.js';
import { decodePicture, type PictureDecoder } from './decode-picture.js';
import type { EimRunner } from './eim-runner.js';
import { featuresIn, fileIn, HttpError, readBody } from './http-body.js';
import { type Inference, inferenceOf } from './inference.js';
import { pictureFeatures } from './picture-features.js';

export interface HttpOptions {
  /** TCP port; 0 picks a free one. Default 1337. */
  readonly port?: number | undefined;
  /** Address to listen at. Default `127.0.0.1`: this machine only; there is no password. */
  readonly host?: string | undefined;
  /** Longest body in bytes. Default 32 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Decodes picture files. Default: `sharp`, else `jpeg-js` for JPEG, where they are installed. */
  readonly decode?: PictureDecoder | undefined;
  /** Stops the server. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpServer {
  readonly port: number;
  /** `http://127.0.0.1:1337` */
  readonly url: string;
  /** Stops listening and ends all connections; what it serves goes on. */
  readonly close: () => Promise<void>;
}

const PORT = 1337;
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Bodies held at a time; more requests are told to come back. */
const MAX_REQUESTS = 16;

interface Context {
  readonly inference: Inference;
  readonly maxBodyBytes: number;
  readonly decode: PictureDecoder;
}

type Handler = (context: Context, request: IncomingMessage, url: URL) => Promise<unknown>;

const ROUTES: Readonly<Record<string, { readonly method: string; readonly handle: Handler }>> = {
  '/': { method: 'GET', handle: async ({ inference }) => page(inference) },
  '/api/info': { method: 'GET', handle: async ({ inference }) => info(inference) },
  '/api/features': { method: 'POST', handle: classifyFeatures },
  '/api/image': { method: 'POST', handle: classifyImage },
};

/**
 * Serves a running executable or a model over HTTP:
 *
 * - `GET /api/info`: project and parameters;
 * - `POST /api/features`, JSON `{ "features": [number, ...] }`: one classification;
 * - `POST /api/image`: a picture file as `multipart/form-data` field `file` or as the body; or with
 *   `?width=..&height=..` raw bytes, 3 per pixel. It is resized as in training, and boxes lie in the picture that was
 *   sent.
 *
 * Answers are those of the EIM protocol; errors are `{ "success": false, "error": "text" }` with status 400 for bad
 * input, 413 for long bodies, 415 for pictures that cannot be decoded here, 503 when the executable has ended.
 *
 * @throws `BAD_OPTION`, `UNSUPPORTED` for a model the protocol has no place for, `CANNOT_WRITE` for a port that is taken
 * @example
 * ```ts
 * const server = await serveHttp(await EimRunner.start('out/keyword.eim'), { port: 1337 });
 * // curl -X POST -H 'Content-Type: application/json' -d '{"features": [5, 10]}' http://127.0.0.1:1337/api/features
 * await server.close();
 * ```
 */
export async function serveHttp(source: EimRunner | TrainedImpulse, options: HttpOptions = {}): Promise<HttpServer> {
  const { port = PORT, host = '127.0.0.1', maxBodyBytes = MAX_BODY_BYTES, decode = decodePicture, signal } = options;
  if (!(Number.isInteger(port) && port >= 0 && port < 65_536)) refusePort(port);
  throwIfAborted(signal, 'serveHttp');
  const context: Context = { inference: inferenceOf(source), maxBodyBytes, decode };
  let requests = 0;
  const server = createServer({ requestTimeout: 60_000 }, async (request, response) => {
    requests++;
    await respond(context, request, response, requests > MAX_REQUESTS).finally(() => {
      requests--;
    });
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((done) => {
      signal?.removeEventListener('abort', close);
      server.close(() => done());
      server.closeAllConnections();
    });
  signal?.addEventListener('abort', close, { once: true });
  const name = host.includes(':') ? `[${host}]` : host;
  return { port: address.port, url: `http://${name}:${address.port}`, close };
}

async function respond(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  isBusy: boolean,
): Promise<void> {
  try {
    if (isBusy) throw new HttpError(503, 'Too many requests at a time');
    const { url: target = '/' } = request;
    if (!URL.canParse(target, 'http://localhost')) throw new HttpError(400, 'The path is no path');
    const url = new URL(target, 'http://localhost');
    const route = Object.hasOwn(ROUTES, url.pathname) ? ROUTES[url.pathname] : undefined;
    if (!route) throw new HttpError(404, `There is no ${url.pathname}`);
    if (request.method !== route.method) throw new HttpError(405, `${url.pathname} takes ${route.method}`);
    send(response, 200, await route.handle(context, request, url));
  } catch (error) {
    const { status, text } = problemOf(error);
    // The rest of a body that was refused is not read.
    if (!request.complete) response.setHeader('Connection', 'close');
    send(response, status, { success: false, error: text });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json' });
  response.end(isText ? body : `${JSON.stringify(body)}\n`);
}

const STATUS: Readonly<Partial<Record<string, number>>> = {
  BAD_DATA: 400,
  BAD_FILE: 400,
  BAD_OPTION: 400,
  SHAPE_MISMATCH: 400,
  UNSUPPORTED: 415,
  PROCESS_FAILED: 503,
  ABORTED: 503,
};

function problemOf(error: unknown): { status: number; text: string } {
  if (error instanceof HttpError) return { status: error.status, text: error.message };
  if (error instanceof ImpulseError) return { status: STATUS[error.code] ?? 500, text: error.message };
  // What failed inside is no business of a client.
  return { status: 500, text: 'Internal error' };
}

const SENSORS: Readonly<Record<number, string>> = {
  1: 'microphone',
  2: 'accelerometer',
  3: 'camera',
  4: 'positional',
};

function info({ hello }: Inference): unknown {
  const { project, model_parameters } = hello;
  const sensorType = SENSORS[model_parameters.sensor] ?? 'unknown';
  return { project, modelParameters: { ...model_parameters, sensorType } };
}

function page({ hello }: Inference): string {
  const { input_features_count, image_input_width: width, image_input_height: height } = hello.model_parameters;
  const image =
    width > 0 ? [`POST /api/image     field "file" of a form: a picture, resized to ${width} x ${height}`] : [];
  return [
    `${hello.project.name ?? ''}`,
    '',
    'GET  /api/info',
    `POST /api/features  {"features": [...]}: ${input_features_count} numbers`,
    ...image,
    '',
  ].join('\n');
}

async function classifyFeatures({ inference, maxBodyBytes }: Context, request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, maxBodyBytes);
  const features = featuresIn(body, inference.hello.model_parameters.input_features_count);
  return { success: true, ...(await inference.classify(features)) };
}

async function classifyImage(context: Context, request: IncomingMessage, url: URL): Promise<unknown> {
  const { inference, maxBodyBytes, decode } = context;
  const body = await readBody(request, maxBodyBytes);
  const file = await fileIn(body, request.headers['content-type'] ?? '');
  const picture = url.searchParams.has('width') ? rawPicture(file, url) : await decode(file);
  const { features, inPicture } = pictureFeatures(inference.hello, picture);
  const { result, ...rest } = await inference.classify(features);
  return { success: true, result: inPicture(result), ...rest };
}

/** Pixels without a file around them. */
function rawPicture(values: Uint8Array, { searchParams }: URL): Picture {
  const [width, height] = ['width', 'height'].map((name) => Number(searchParams.get(name)));
  if (!(Number.isInteger(width) && Number.isInteger(height) && width! > 0 && height! > 0)) {
    throw new HttpError(400, 'width and height must be whole numbers of pixels');
  }
  if (values.length !== width! * height! * 3) {
    throw new HttpError(400, `Expected ${width! * height! * 3} bytes, but received ${values.length}`);
  }
  return { width: width!, height: height!, channels: 3, values };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise<void>((done, failed) => server.once('error', failed).listen(port, host, done)).catch((cause) =>
    fail({
      code: 'CANNOT_WRITE',
      where: `serveHttp ${host}:${port}`,
      got: cause instanceof Error ? cause.message : String(cause),
      expected: 'a port that is free',
      fix: 'Choose another port, or 0 for any free one.',
      cause,
    }),
  );
}

function refusePort(port: number): never {
  const expected = 'a whole number from 0 to 65535';
  return fail({ code: 'BAD_OPTION', where: 'serveHttp.port', got: show(port), expected, fix: 'Leave it out.' });
}
