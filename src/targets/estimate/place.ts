import type { MemoryRegion, TargetProfile } from '../profiles/profile.js';

/** What keeps something from fitting: the region it would need, and how much that lacks. */
export interface Binding {
  readonly region: string;
  readonly missingBytes: number;
}

export interface Placed {
  readonly region: string;
  /** Time of work there, relative to memory on the chip. */
  readonly slowdown: number;
  /** Bytes outside of the chip do not count against it. */
  readonly external: boolean;
  readonly binding?: Binding;
}

/** Finds the first region of the kind that holds all bytes in one piece; the largest one names what is missing. */
export function place(profile: TargetProfile, holds: MemoryRegion['holds'], bytes: number): Placed {
  const total = holds === 'arena' ? profile.ramBytes : profile.flashBytes;
  const whole: MemoryRegion = { name: holds === 'arena' ? 'RAM' : 'flash', bytes: total, holds };
  const regions = (profile.memory ?? []).filter((region) => region.holds === holds);
  const sized = (regions.length > 0 ? regions : [whole]).map((region) => ({
    ...region,
    bytes: region.external ? region.bytes : Math.min(region.bytes, total),
  }));
  const found = sized.find((region) => region.bytes >= bytes);
  const chosen = found ?? sized.reduce((best, region) => (region.bytes > best.bytes ? region : best));
  return {
    region: chosen.name,
    slowdown: chosen.slowdown ?? 1,
    external: chosen.external ?? false,
    ...(found === undefined && { binding: { region: chosen.name, missingBytes: bytes - chosen.bytes } }),
  };
}
