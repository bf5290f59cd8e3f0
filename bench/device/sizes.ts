/**
 * Links emitted libraries and compares flash and RAM of the real image with the estimate; paints the stack. Run it with
 * `npx tsx bench/device/sizes.ts` when kernels change; `--functions` lists the code of every function.
 */
import { estimate, nano33ble, rpPico, type TargetProfile } from '../../src/targets/index.js';
import { imageSize } from './device.js';
import type { Core } from './image.js';
import { workloads } from './workloads.js';

const boards: readonly [Core, TargetProfile][] = [
  ['Cortex-M4F', nano33ble],
  ['Cortex-M0+', rpPico],
];

for (const { name, program } of workloads()) {
  const steps = [...program.dsp.map(({ stage }) => stage), ...program.learn.map(({ block }) => block)];
  const constants = steps.reduce((bytes, { cpp }) => bytes + cpp.constBytes, 0);
  for (const [core, profile] of boards) {
    const image = await imageSize(program, core);
    const { flashBytes, ramBytes } = estimate(program, profile);
    const [code, estimated] = [image.flashBytes - constants, flashBytes - constants];
    const off = ((100 * estimated) / code - 100).toFixed(1);
    const all = ((100 * flashBytes) / image.flashBytes - 100).toFixed(1);
    console.log(
      `${core} ${name}: constants ${constants}, code ${code}, estimated ${estimated} (${off} %); flash ${image.flashBytes} (${all} %); RAM ${image.ramBytes}, planned ${ramBytes}; stack ${image.stackBytes}`,
    );
    if (!process.argv.includes('--functions')) continue;
    for (const [symbol, bytes] of image.functions) console.log(`    ${String(bytes).padStart(6)} ${symbol}`);
  }
}
