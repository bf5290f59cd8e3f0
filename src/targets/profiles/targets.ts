import { fail, show } from '../../errors.js';
import { BOARDS, type Board } from './boards.js';
import { CORES } from './cores.js';
import { defineTarget, interpreterOf, publishedEnergy } from './define.js';
import { espEye as espEyeCounts } from './esp-eye.js';
import { nano33ble as nano33bleCounts } from './nano33ble.js';
import type { TargetProfile } from './profile.js';
import { rpPico as rpPicoCounts } from './rp-pico.js';

const DATA_SHEET = 'data sheet, as published';

/** The three boards of the paper, whose profiles are written out. */
function withPublished(id: string, profile: TargetProfile, more: Partial<TargetProfile> = {}): TargetProfile {
  const core = CORES[profile.core]!;
  const interpreter = interpreterOf(core, profile.core, core.kernels!);
  return { id, ...profile, interpreter, sources: { clock: DATA_SHEET, memory: DATA_SHEET }, ...more };
}

/** Arduino Nano 33 BLE Sense: Cortex-M4F at 64 MHz, 256 KiB of RAM, 1 MiB of flash. */
export const nano33ble = withPublished('arduino-nano-33-ble', nano33bleCounts);

/** Raspberry Pi Pico: Cortex-M0+ at 133 MHz, 264 KiB of RAM, 2 MiB of serial flash. */
export const rpPico = withPublished('raspberry-pi-rp2040', rpPicoCounts);

/**
 * ESP-EYE: ESP32 at 160 MHz. Static data lies in 320 KiB of the RAM on the chip; networks that do not fit go to 8 MiB
 * outside, where they take twice as long: float32 against int8 of the paper's largest network, beside its others.
 */
export const espEye = withPublished('esp-eye', espEyeCounts, {
  memory: [
    { name: 'DRAM', bytes: 320 * 1024, holds: 'arena' },
    { name: 'PSRAM', bytes: 8192 * 1024, holds: 'arena', external: true, slowdown: 2.1 },
    { name: 'flash', bytes: 4096 * 1024, holds: 'constants' },
  ],
});

function targetOf({ id, name, core, mhz, ramKiB, flashKiB, memory, kernels, energy, check }: Board): TargetProfile {
  return defineTarget({
    id,
    name,
    core,
    clockHz: mhz * 1e6,
    ramBytes: ramKiB * 1024,
    flashBytes: flashKiB * 1024,
    memory,
    kernels,
    energy: energy === undefined ? undefined : publishedEnergy(energy),
    sources: {
      clock: DATA_SHEET,
      memory: check ? `${DATA_SHEET}; ${check} from memory, to be checked` : DATA_SHEET,
      ...(kernels && { kernels: 'published rows of this board or core' }),
      ...(energy && { energy: 'MLPerf Tiny' }),
    },
  });
}

/** All known targets. */
export const targets: readonly TargetProfile[] = [nano33ble, espEye, rpPico, ...BOARDS.map(targetOf)];

/**
 * A target by its id, such as `arduino-nano-33-ble`.
 *
 * @throws `BAD_OPTION` with the ids there are
 */
export function target(id: string): TargetProfile {
  return (
    targets.find((one) => one.id === id) ??
    fail({
      code: 'BAD_OPTION',
      where: 'target',
      got: show(id),
      expected: targets.map((one) => one.id).join(', '),
      fix: 'Choose one of these or describe the board with defineTarget.',
    })
  );
}
