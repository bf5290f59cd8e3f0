import type { Changes, Design } from '../impulse/index.js';
import type { Schema } from '../params.js';
import type { Random } from '../random.js';

/** One searchable parameter: where it is and the values it may take. */
export interface Dimension {
  readonly role: 'dsp' | 'learn';
  readonly block: string;
  readonly param: string;
  readonly values: readonly unknown[];
}

/** Everything the blocks of a design declare as searchable. */
export function spaceOf(design: Design): Dimension[] {
  const dims = (role: 'dsp' | 'learn', block: string, schema: Schema): Dimension[] =>
    Object.entries(schema)
      .filter(([, param]) => param.tune !== undefined && param.tune.length > 0)
      .map(([param, { tune }]) => ({ role, block, param, values: tune as readonly unknown[] }));
  return [
    ...Object.entries(design.dsp).flatMap(([name, block]) => dims('dsp', name, block.schema)),
    ...Object.entries(design.learn).flatMap(([name, route]) => dims('learn', name, route.learner.schema)),
  ];
}

/** One value for every dimension, drawn independently and uniformly. */
export function drawChanges(space: readonly Dimension[], random: Random): Changes {
  const changes = { dsp: {}, learn: {} } as Record<'dsp' | 'learn', Record<string, Record<string, unknown>>>;
  for (const { role, block, param, values } of space) {
    changes[role][block] = { ...changes[role][block], [param]: random.pick(values) };
  }
  return changes;
}
