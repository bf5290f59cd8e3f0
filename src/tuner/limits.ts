import { fail, show } from '../errors.js';
import type { Estimate } from '../targets/index.js';

/** Upper bounds of a search; what is absent is bounded by the target's memory alone. */
export interface Limits {
  readonly ramBytes?: number;
  readonly flashBytes?: number;
  readonly latencyMs?: number;
}

const QUANTITIES = {
  ram: { limit: 'ramBytes', unit: 'B' },
  flash: { limit: 'flashBytes', unit: 'B' },
  latency: { limit: 'latencyMs', unit: 'ms' },
} as const;

/**
 * Reads limits from text with units: `ram < 64 kB and flash <= 256 KiB and latency < 100 ms`.
 *
 * @throws `BAD_OPTION`
 */
export async function parseLimits(text: string): Promise<Limits> {
  const { parse } = await import('mathjs');
  const limits: Record<string, number> = {};
  for (const term of text.split(/\band\b/)) {
    const [, name = '', amount = ''] = /^\s*(\w+)\s*<=?\s*(.+?)\s*$/.exec(term) ?? [];
    const quantity = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name as keyof typeof QUANTITIES] : undefined;
    if (!quantity) refuse(term, 'ram, flash or latency < a quantity with its unit');
    try {
      limits[quantity.limit] = parse(amount).evaluate().toNumber(quantity.unit);
    } catch (cause) {
      refuse(term, `a quantity in ${quantity.unit}, such as 64 kB or 100 ms`, cause);
    }
  }
  return limits;
}

function refuse(term: string, expected: string, cause?: unknown): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'tune.limits',
    got: show(term.trim()),
    expected,
    fix: 'Write for example "ram < 64 kB and latency < 100 ms".',
    cause,
  });
}

/** The bounds an estimate breaks, with the target's own memory among them. */
export function broken(estimate: Estimate, limits: Limits): (keyof Limits)[] {
  const over = (Object.keys(limits) as (keyof Limits)[]).filter((name) => estimate[name] > (limits[name] as number));
  if (estimate.missing.ramBytes > 0 && !over.includes('ramBytes')) over.push('ramBytes');
  if (estimate.missing.flashBytes > 0 && !over.includes('flashBytes')) over.push('flashBytes');
  return over;
}

/** Refuses a search none of whose candidates fits, naming the bound that keeps them out. */
export function refuseLimits(estimates: readonly Estimate[], limits: Limits): never {
  const counts = new Map<keyof Limits, number>();
  for (const one of estimates) for (const name of broken(one, limits)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [binding] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  const least = Math.min(...estimates.map((one) => one[binding]));
  const others = [...counts.keys()].filter((name) => name !== binding && counts.get(name) === estimates.length);
  return fail({
    code: 'DOES_NOT_FIT',
    where: `tune.limits.${binding}`,
    got: `at least ${Math.ceil(least)} in ${estimates.length} candidates`,
    expected: `at most ${limits[binding] ?? `the memory of ${estimates[0]!.target}`}`,
    fix: `Raise ${[binding, ...others].join(' and ')}, choose a larger target or widen the blocks' ranges.`,
  });
}
