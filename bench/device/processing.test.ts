// One golden case of every processing block on an emulated Cortex-M4F.
import { describe, expect, it } from 'vitest';
import type { ProcessingStage } from '../../src/block.js';
import { goldenCases, hasReference, inputOf, misfits, runStage, stageOf } from '../../src/dsp/testing/index.js';
import { has } from '../../src/testing/compilers.js';
import { runOnDevice } from './impulses.js';

const NEWEST: Readonly<Record<string, number>> = {
  raw: 1,
  flatten: 1,
  spectral_analysis: 4,
  spectrogram: 4,
  mfe: 4,
  mfcc: 4,
  image: 1,
};

const tools = ['arm-none-eabi-g++', 'qemu-system-arm'].every(has);

describe.skipIf(!tools || !hasReference)('golden cases on a Cortex-M4F', () => {
  it.each(Object.entries(NEWEST))('%s', async (block, version) => {
    const [first] = goldenCases(block, version);
    const stage = stageOf(first!) as ProcessingStage;
    const got = await runOnDevice(stage, inputOf(first!), 'Cortex-M4F');
    expect(misfits(first!, got)).toEqual([]);
    expect(got).toEqual(runStage(stage, inputOf(first!)));
  });
});
