import type { MemoryRegion } from './profile.js';

/**
 * A board in one line: id, name, core, MHz, KiB of RAM, KiB of flash. Figures are those of data sheets as published;
 * `check` names those that were not confirmed against one.
 */
export interface Board {
  readonly id: string;
  readonly name: string;
  readonly core: string;
  readonly mhz: number;
  readonly ramKiB: number;
  readonly flashKiB: number;
  readonly memory?: readonly MemoryRegion[];
  /** Kernel set, where it is not the core's usual one. */
  readonly kernels?: string;
  /** Name of the board in the energy table. */
  readonly energy?: string;
  readonly check?: 'RAM' | 'RAM and flash';
}

const arena = (name: string, kib: number): MemoryRegion => ({ name, bytes: kib * 1024, holds: 'arena' });
const psram = (kib: number, slowdown = 2): MemoryRegion => ({
  name: 'external RAM',
  bytes: kib * 1024,
  holds: 'arena',
  external: true,
  slowdown,
});
const flash = (kib: number): MemoryRegion => ({ name: 'flash', bytes: kib * 1024, holds: 'constants' });
const external = (kib: number): MemoryRegion => ({
  name: 'external flash',
  bytes: kib * 1024,
  holds: 'constants',
  external: true,
});

const H747 = [arena('AXI SRAM', 512), arena('SRAM1 to 3', 288), arena('DTCM', 128)];

type More = Partial<Pick<Board, 'memory' | 'kernels' | 'energy' | 'check'>>;
type Line = readonly [
  id: string,
  name: string,
  core: string,
  mhz: number,
  ramKiB: number,
  flashKiB: number,
  more?: More,
];

const LINES: readonly Line[] = [
  [
    'arduino-nicla-vision',
    'Arduino Nicla Vision',
    'Cortex-M7',
    480,
    1024,
    2048,
    { memory: [...H747, flash(2048), external(16384)] },
  ],
  [
    'arduino-portenta-h7',
    'Arduino Portenta H7',
    'Cortex-M7',
    480,
    1024,
    2048,
    { memory: [...H747, psram(8192), flash(2048), external(16384)] },
  ],
  ['arduino-nicla-sense-me', 'Arduino Nicla Sense ME', 'Cortex-M4F', 64, 64, 512],
  ['arduino-nicla-voice', 'Arduino Nicla Voice', 'Cortex-M4F', 64, 64, 512],
  [
    'st-b-l475e-iot01a',
    'ST B-L475E-IOT01A',
    'Cortex-M4F',
    80,
    128,
    1024,
    { memory: [arena('SRAM1', 96), arena('SRAM2', 32), flash(1024)] },
  ],
  ['st-b-u585i-iot02a', 'ST B-U585I-IOT02A', 'Cortex-M33', 160, 786, 2048, { kernels: 'X-CUBE-AI 10' }],
  [
    'st-nucleo-u575zi',
    'NUCLEO-U575ZI-Q',
    'Cortex-M33',
    160,
    786,
    2048,
    { kernels: 'X-CUBE-AI 10', energy: 'NUCLEO-U575ZI' },
  ],
  [
    'st-nucleo-u385rg',
    'NUCLEO-U385RG-Q',
    'Cortex-M33',
    96,
    256,
    1024,
    { kernels: 'X-CUBE-AI 10', energy: 'NUCLEO-U385RG-Q' },
  ],
  [
    'st-nucleo-l4r5zi',
    'NUCLEO-L4R5ZI',
    'Cortex-M4F',
    120,
    640,
    2048,
    { kernels: 'X-CUBE-AI 10', energy: 'NUCLEO-L4R5ZI' },
  ],
  [
    'st-nucleo-h7a3zi',
    'NUCLEO-H7A3ZI-Q',
    'Cortex-M7',
    280,
    1184,
    2048,
    {
      kernels: 'X-CUBE-AI 9',
      energy: 'NUCLEO-H7A3ZI',
      memory: [arena('AXI SRAM', 1024), arena('DTCM', 128), flash(2048)],
    },
  ],
  [
    'st-nucleo-h743zi2',
    'NUCLEO-H743ZI2',
    'Cortex-M7',
    480,
    1056,
    2048,
    { memory: [arena('AXI SRAM', 512), arena('SRAM1 to 3', 288), arena('DTCM', 128), flash(2048)] },
  ],
  [
    'st-stm32h747i-disco',
    'STM32H747I-DISCO',
    'Cortex-M7',
    400,
    1024,
    2048,
    { kernels: 'X-CUBE-AI 10', memory: [...H747, flash(2048)] },
  ],
  [
    'st-stm32f746g-disco',
    'STM32F746G-DISCO',
    'Cortex-M7',
    216,
    320,
    1024,
    { kernels: 'Plumerai 2023', memory: [arena('SRAM1', 240), arena('DTCM', 64), flash(1024)] },
  ],
  ['st-nucleo-f401re', 'NUCLEO-F401RE', 'Cortex-M4F', 84, 96, 512],
  ['st-nucleo-g0b1re', 'NUCLEO-G0B1RE', 'Cortex-M0+', 64, 144, 512, { kernels: 'HALE' }],
  ['st-blue-pill', 'STM32F103C8 "Blue Pill"', 'Cortex-M3', 72, 20, 64],
  [
    'st-stm32n6570-dk',
    'STM32N6570-DK',
    'Cortex-M55',
    800,
    4200,
    0,
    { memory: [arena('AXI SRAM', 4200), external(65536)] },
  ],
  ['nordic-nrf52840-dk', 'Nordic nRF52840 DK', 'Cortex-M4F', 64, 256, 1024],
  ['nordic-nrf5340-dk', 'Nordic nRF5340 DK', 'Cortex-M33', 128, 512, 1024, { kernels: 'microTVM + CMSIS-NN' }],
  ['nordic-thingy53', 'Nordic Thingy:53', 'Cortex-M33', 128, 512, 1024],
  ['nordic-nrf9160-dk', 'Nordic nRF9160 DK and Thingy:91', 'Cortex-M33', 64, 256, 1024],
  ['nordic-nrf7002-dk', 'Nordic nRF7002 DK', 'Cortex-M33', 128, 512, 1024],
  ['nordic-nrf54l15-dk', 'Nordic nRF54L15 DK', 'Cortex-M33', 128, 256, 1524],
  ['silabs-thunderboard-sense-2', 'Silicon Labs Thunderboard Sense 2', 'Cortex-M4F', 38.4, 256, 1024],
  [
    'silabs-xg24',
    'Silicon Labs xG24 Dev Kit',
    'Cortex-M33',
    78,
    256,
    1536,
    { kernels: 'TFLM + MVP', energy: 'xG24-DK2601B' },
  ],
  ['ti-launchxl-cc1352p', 'TI LAUNCHXL-CC1352P', 'Cortex-M4F', 48, 80, 352],
  ['ti-lp-mspm0g3507', 'TI LP-MSPM0G3507', 'Cortex-M0+', 80, 32, 128],
  ['ti-launchxl-f28p55x', 'TI LAUNCHXL-F28P55X', 'C28x', 150, 133, 1100, { check: 'RAM' }],
  [
    'infineon-cy8cproto-062',
    'Infineon CY8CPROTO-062-4343W',
    'Cortex-M4F',
    150,
    1024,
    2048,
    { kernels: 'Plumerai 2023' },
  ],
  ['renesas-ck-ra6m5', 'Renesas CK-RA6M5', 'Cortex-M33', 200, 512, 2048],
  ['renesas-ek-ra6m4', 'Renesas EK-RA6M4', 'Cortex-M33', 200, 256, 1024, { energy: 'EK-RA6M4' }],
  ['renesas-ek-ra8d1', 'Renesas EK-RA8D1', 'Cortex-M85', 480, 1024, 2048],
  ['renesas-rx65n', 'Renesas RX65N Cloud Kit', 'Renesas RXv2', 120, 640, 2048, { energy: 'RX65N-Cloud-Kit' }],
  ['sony-spresense', 'Sony Spresense', 'Cortex-M4F', 156, 1536, 0, { memory: [arena('SRAM', 1536), external(8192)] }],
  ['himax-we-i', 'Himax WE-I Plus', 'ARC EM9D', 400, 2048, 2048],
  [
    'seeed-grove-vision-ai-v2',
    'Seeed Grove Vision AI V2',
    'Cortex-M55',
    400,
    2432,
    0,
    { check: 'RAM', memory: [arena('SRAM', 2432), external(16384)] },
  ],
  ['alif-ensemble-e7', 'Alif Ensemble E7, high-performance core', 'Cortex-M55', 400, 13824, 5632],
  ['ambiq-apollo4-blue-plus', 'Ambiq Apollo4 Blue Plus', 'Cortex-M4F', 192, 2880, 2048, { check: 'RAM' }],
  ['ambiq-apollo510', 'Ambiq Apollo510', 'Cortex-M55', 250, 3840, 4096, { check: 'RAM' }],
  [
    'esp32-s3',
    'Espressif ESP32-S3 DevKit',
    'Xtensa LX7',
    240,
    512,
    8192,
    { memory: [arena('SRAM', 320), psram(2048), flash(8192)] },
  ],
  ['esp32-c3', 'Espressif ESP32-C3', 'RV32IMC', 160, 400, 4096],
  ['esp32-c6', 'Espressif ESP32-C6', 'RV32IMC', 160, 512, 4096],
  [
    'esp32-p4',
    'Espressif ESP32-P4',
    'RV32IMAFC + PIE',
    360,
    768,
    16384,
    { memory: [arena('SRAM', 768), psram(32768), flash(16384)] },
  ],
  ['raspberry-pi-pico-2', 'Raspberry Pi Pico 2', 'Cortex-M33', 150, 520, 4096],
  ['microbit-v2', 'BBC micro:bit v2', 'Cortex-M4F', 64, 128, 512],
  ['wio-terminal', 'Seeed Wio Terminal', 'Cortex-M4F', 120, 192, 512],
  ['seeed-xiao-samd21', 'Seeed XIAO SAMD21, Arduino Zero', 'Cortex-M0+', 48, 32, 256],
  [
    'teensy-4.1',
    'Teensy 4.1',
    'Cortex-M7',
    600,
    1024,
    7936,
    { memory: [arena('OCRAM', 512), arena('DTCM', 512), flash(7936)] },
  ],
  [
    'openmv-h7-plus',
    'OpenMV Cam H7 Plus',
    'Cortex-M7',
    480,
    1024,
    2048,
    { memory: [arena('AXI SRAM', 512), psram(32768), flash(2048), external(32768)] },
  ],
  ['syntiant-tinyml', 'Syntiant TinyML board', 'Cortex-M0+', 48, 32, 256],
  ['particle-photon-2', 'Particle Photon 2', 'Cortex-M33', 200, 512, 2048, { check: 'RAM and flash' }],
  ['nuvoton-m467hj', 'Nuvoton NuMaker-M467HJ', 'Cortex-M4F', 200, 512, 1024, { kernels: 'ONNC' }],
  ['raspberry-pi-4', 'Raspberry Pi 4', 'Cortex-A72', 1500, 1048576, 8388608],
  ['raspberry-pi-5', 'Raspberry Pi 5', 'Cortex-A76', 2400, 1048576, 8388608],
  ['jetson-nano', 'Jetson Nano, without its GPU', 'Cortex-A57', 1430, 4194304, 8388608],
  ['arduino-uno-q', 'Arduino UNO Q, Linux side', 'Cortex-A53', 2000, 2097152, 8388608],
];

export const BOARDS: readonly Board[] = LINES.map(([id, name, core, mhz, ramKiB, flashKiB, more]) => ({
  id,
  name,
  core,
  mhz,
  ramKiB,
  flashKiB,
  ...more,
}));
