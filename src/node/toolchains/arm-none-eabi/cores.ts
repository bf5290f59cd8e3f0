/** Cores of microcontrollers, and what the GNU compiler must be told of each. */
export const CORTEX_M = {
  'cortex-m0': ['-mcpu=cortex-m0', '-mthumb'],
  'cortex-m0plus': ['-mcpu=cortex-m0plus', '-mthumb'],
  'cortex-m3': ['-mcpu=cortex-m3', '-mthumb'],
  'cortex-m4': ['-mcpu=cortex-m4', '-mthumb'],
  'cortex-m4f': ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard', '-mthumb'],
  'cortex-m7': ['-mcpu=cortex-m7', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard', '-mthumb'],
  'cortex-m33': ['-mcpu=cortex-m33', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard', '-mthumb'],
  'cortex-m55': ['-mcpu=cortex-m55', '-mfloat-abi=hard', '-mthumb'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type CortexM = keyof typeof CORTEX_M;

/** Where a program and its variables lie. */
export interface MemoryMap {
  readonly flashOrigin: number;
  readonly flashBytes: number;
  readonly ramOrigin: number;
  readonly ramBytes: number;
}

/** The boards of Arm's mps2 family, which QEMU emulates; a Cortex-M33 boots there in its secure half. */
export const MPS2: MemoryMap = {
  flashOrigin: 0,
  flashBytes: 4 << 20,
  ramOrigin: 0x2000_0000,
  ramBytes: 4 << 20,
};

export const MPS2_SECURE: MemoryMap = {
  flashOrigin: 0x1000_0000,
  flashBytes: 4 << 20,
  ramOrigin: 0x3800_0000,
  ramBytes: 2 << 20,
};
