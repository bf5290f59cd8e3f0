import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ImpulseError } from '../errors.js';
import { load, rebuild, write } from '../node/index.js';
import { keywordModel, motionModel } from '../targets/compat/testing/models.js';
import { sharedPart } from '../targets/cpp/shared.js';
import { DEPLOYMENTS } from '../targets/deployments.js';
import {
  arduino,
  cmsisPack,
  cppLibrary,
  eim,
  espIdfComponent,
  firmware,
  platformio,
  wasm,
  zephyrModule,
} from '../targets/index.js';
import { deployAgain } from './rebuild.js';

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-rebuild-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof ImpulseError) return error.code;
    throw error;
  }
  return undefined;
};

describe('a deployment', () => {
  it('is built again from its impulse.json, byte by byte, with all its options', async () => {
    const [keyword, motion] = [await keywordModel(), await motionModel()];
    const project = { id: 4, owner: 'me', name: 'machine' };
    const packaged = {
      name: 'machine',
      version: '1.2.3',
      author: 'Ada <ada@example.com>',
      url: 'https://example.org/',
    };
    const detections = { averageResults: 3, threshold: 0.7, suppressResults: 2, labels: ['yes'] };
    const blocks = [
      [keyword, cppLibrary({ name: 'keyword' })],
      [
        keyword,
        cppLibrary({
          name: 'keyword',
          optimize: 'speed',
          compatible: { project, slicesPerWindow: 3 },
          postprocess: detections,
        }),
      ],
      [motion, cppLibrary({ name: 'machine', compatible: true, selfTest: true, dump: true })],
      [motion, sharedPart({ name: 'machine', arena: { name: 'both' } })],
      [motion, wasm({ name: 'machine' })],
      [motion, eim({ name: 'machine', project })],
      [keyword, eim({ name: 'keyword', slicesPerWindow: 5, postprocess: detections })],
      [motion, firmware({ name: 'machine', board: 'mps2-an386', start: 'forwarder', seed: 3, optimize: 'speed' })],
      [motion, arduino({ ...packaged, accelerationUnit: 'g', compatible: true })],
      [motion, cmsisPack({ ...packaged, vendor: 'Acme', dump: true })],
      [motion, espIdfComponent({ ...packaged, selfTest: true })],
      [motion, platformio({ ...packaged, optimize: 'speed' })],
      [motion, zephyrModule(packaged)],
    ] as const;
    expect([...new Set(blocks.map(([, block]) => block.type))].sort()).toEqual(Object.keys(DEPLOYMENTS).sort());
    const deployments = blocks.map(([model, block]) => model.deploy(block));
    for (const { files, ...rest } of deployments) {
      const again = deployAgain(files['impulse.json'] as string);
      expect(Object.keys(again.files)).toEqual(Object.keys(files));
      for (const [path, content] of Object.entries(files)) expect(again.files[path], path).toEqual(content);
      expect({ ...again, files: {} }).toEqual({ ...rest, files: {} });
    }
    // Other weights, other bytes: it is no comparison of nothing.
    expect(deployments[0]!.files['impulse.json']).not.toBe(deployments[1]!.files['impulse.json']);
  });

  it('is a model that can be loaded, from the file alone', async () => {
    const model = await motionModel();
    await write(model.deploy(cppLibrary({ name: 'machine' })), join(dir, 'machine'));
    const window = model.program.golden[1]!.window;
    const loaded = await load(join(dir, 'machine', 'impulse.json'));
    expect(loaded.predict(window)).toEqual(model.predict(window));
    const { files } = await rebuild(join(dir, 'machine', 'impulse.json'));
    expect(files).toEqual(model.deploy(cppLibrary({ name: 'machine' })).files);
  });

  it('refuses what it does not know', async () => {
    const model = await motionModel();
    const text = model.deploy({
      role: 'deploy',
      type: 'mine',
      options: { a: 1 },
      emit: ({ design }) => ({ files: { design } }),
    }).files.design as string;
    expect(codeOf(() => deployAgain(text))).toBe('UNSUPPORTED');
    const mine = () => ({
      role: 'deploy' as const,
      type: 'mine',
      options: { a: 1 },
      emit: () => ({ files: { a: 'b' } }),
    });
    expect(deployAgain(text, { deployments: { mine } }).files).toEqual({ a: 'b' });
    expect(codeOf(() => deployAgain(text.replace('"options"', '"others"'), { deployments: { mine } }))).toBe(
      'UNSUPPORTED',
    );
    expect(
      codeOf(() => deployAgain(text.replace(/"weights": "..../, '"weights": "?'), { deployments: { mine } })),
    ).toBe('BAD_FILE');
    expect(codeOf(() => deployAgain('{"format":1}'))).toBe('BAD_FILE');
    expect(codeOf(() => deployAgain('no'))).toBe('BAD_FILE');
  });
});
