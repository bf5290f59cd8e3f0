import type { Kind } from '../../spec.js';
import { type Layer, layer } from '../layers.js';
import { type NetworkPreset, presetLayers } from './presets.js';

/** What the option `layers` of a network takes. */
export type LayersOption = NetworkPreset | readonly Layer[];

/** Says what is wrong with the option; its layers throw by themselves. */
export function checkLayers(given: LayersOption): string | undefined {
  if (typeof given === 'string' && ['auto', 'small', 'accurate'].includes(given)) return undefined;
  if (!Array.isArray(given)) return "'auto', 'small', 'accurate' or a list of layers";
  given.forEach(layer);
  return undefined;
}

/** The layers it stands for, by what enters. */
export function layersOf(given: LayersOption, kind: Kind): readonly Layer[] {
  return typeof given === 'string' ? presetLayers(given, kind) : given;
}
