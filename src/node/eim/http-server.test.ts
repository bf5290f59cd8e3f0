import { encode } from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, serveHttp } from './http-server.js';
import { imageModel, motionModel, noise } from './testing/models.js';

const post = (server: HttpServer, path: string, body: NonNullable<RequestInit['body']>, type = 'application/json') =>
  fetch(`${server.url}${path}`, { method: 'POST', body, headers: { 'content-type': type } });

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says
const jsonOf = async (response: Response): Promise<any> => response.json();

describe('a model over HTTP', () => {
  let server: HttpServer;
  let model: Awaited<ReturnType<typeof motionModel>>;
  beforeAll(async () => {
    model = await motionModel();
    server = await serveHttp(model, { port: 0, maxBodyBytes: 20_000 });
  });
  afterAll(() => server.close());

  it('says what it is', async () => {
    const { project, modelParameters } = await jsonOf(await fetch(`${server.url}/api/info`));
    expect(project).toMatchObject({ name: 'model' });
    expect(modelParameters).toMatchObject({
      input_features_count: 375,
      sensorType: 'accelerometer',
      labels: model.labels,
    });
    expect(await (await fetch(server.url)).text()).toContain('375 numbers');
  });

  it('classifies features', async () => {
    const random = noise(3);
    const window = Float32Array.from({ length: 375 }, () => Math.round(1000 * random()));
    const response = await post(server, '/api/features', JSON.stringify({ features: [...window] }));
    const { scores, anomaly } = model.predict(window);
    expect(await response.json()).toMatchObject({ success: true, result: { classification: scores, anomaly } });
  });

  it.each([
    ['/api/features', 'no JSON', 400],
    ['/api/features', '{}', 400],
    ['/api/features', 'null', 400],
    ['/api/features', '{"features":3}', 400],
    ['/api/features', '{"features":[1,2]}', 400],
    ['/api/features', JSON.stringify({ features: Array(375).fill('1') }), 400],
    ['/api/features', JSON.stringify({ features: Array(375).fill(1e300) }), 400],
    ['/api/features', ' '.repeat(30_000), 413],
    ['/api/image?width=2&height=1', 'abcdef', 400],
    ['/api/image', 'no picture', 415],
    ['/api/info', '', 405],
    ['/api/nothing', '', 404],
    ['/__proto__', '', 404],
  ])('refuses POST %s of %.20j', async (path, body, status) => {
    const response = await post(server, path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ success: false, error: expect.any(String) });
  });

  it('refuses a port that is taken', async () => {
    await expect(serveHttp(model, { port: server.port })).rejects.toMatchObject({ code: 'CANNOT_WRITE' });
    await expect(serveHttp(model, { port: -1 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

describe('pictures over HTTP', () => {
  let server: HttpServer;
  let model: Awaited<ReturnType<typeof imageModel>>;
  beforeAll(async () => {
    model = await imageModel();
    server = await serveHttp(model, { port: 0 });
  });
  afterAll(() => server.close());

  /** 96 x 48 pixels, of which the model sees the middle. */
  const wide = (pixel: (x: number, y: number) => number): Uint8Array =>
    Uint8Array.from({ length: 96 * 48 * 3 }, (_, i) => pixel(Math.floor(i / 3) % 96, Math.floor(i / 288)));

  it('resizes raw pixels as in training, and finds boxes in the picture that was sent', async () => {
    const window = model.program.golden[0]!.window;
    const middle = wide((x, y) => (x >= 24 && x < 72 ? window[(y * 48 + x - 24) * 3]! : 0));
    const response = await post(
      server,
      '/api/image?width=96&height=48',
      Buffer.from(middle),
      'application/octet-stream',
    );
    const { result } = await jsonOf(response);
    const grey = Float32Array.from(window, (_, i) => window[3 * Math.floor(i / 3)]!);
    const boxes = model.predict(grey).boxes!;
    expect(result.bounding_boxes).toEqual(boxes.map(({ score, x, ...box }) => ({ ...box, x: x + 24, value: score })));
    expect(result.resized).toEqual({ originalWidth: 96, originalHeight: 48, newWidth: 48, newHeight: 48 });
  });

  it('takes a JPEG as a form and as a body', async () => {
    const data = Buffer.alloc(96 * 48 * 4, 200);
    const jpeg = encode({ data, width: 96, height: 48 }, 90).data;
    const form = new FormData();
    form.append('file', new Blob([jpeg]), 'a.jpg');
    const [asForm, asBody] = await Promise.all([
      fetch(`${server.url}/api/image`, { method: 'POST', body: form }),
      post(server, '/api/image', jpeg, 'image/jpeg'),
    ]);
    const { result } = await jsonOf(asForm);
    expect(result.resized).toMatchObject({ originalWidth: 96, originalHeight: 48 });
    expect((await jsonOf(asBody)).result).toEqual(result);
  });

  it('refuses broken pictures and forms', async () => {
    const broken = await post(server, '/api/image', Buffer.from([0xff, 0xd8, 1, 2, 3]), 'image/jpeg');
    const form = await post(server, '/api/image', 'x', 'multipart/form-data; boundary=a');
    const short = await post(server, '/api/image?width=3&height=3', 'x');
    expect([broken.status, form.status, short.status]).toEqual([400, 400, 400]);
  });
});

it('ends with its signal', async () => {
  const controller = new AbortController();
  const server = await serveHttp(await motionModel(), { port: 0, signal: controller.signal });
  controller.abort();
  await expect(fetch(server.url)).rejects.toThrow();
});
