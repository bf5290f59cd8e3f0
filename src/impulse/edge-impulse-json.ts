import { type ErrorCode, fail, ImpulseError, show } from '../errors.js';

export type Json = Readonly<Record<string, unknown>>;

/** A block of the export. */
export interface Place {
  readonly id: number;
  /** For people: kind, place and name. */
  readonly name: string;
  readonly json: Json;
  /** Settings that stand beside the block. */
  readonly config: unknown;
}

const LISTS = { input: 'inputBlocks', dsp: 'dspBlocks', learn: 'learnBlocks' } as const;

/** Reads an exported design without trusting any of it. */
export class ExportReader {
  readonly blocks: Readonly<Record<keyof typeof LISTS, readonly Place[]>>;
  readonly #notes: string[] = [];
  readonly #identifiers = new Set<string>();

  constructor(given: unknown, configs: unknown) {
    const document = plain(given, 'the design');
    const design = [document, document.impulse].find((one) => isRecord(one) && Array.isArray(one.inputBlocks));
    if (!isRecord(design)) {
      this.refuse('BAD_FILE', 'design', show(Object.keys(document)), 'inputBlocks, dspBlocks and learnBlocks', EXPORT);
    }
    const beside = plain(configs, 'configs');
    this.blocks = {
      input: this.#places(design, 'input', {}),
      dsp: this.#places(design, 'dsp', beside.dsp),
      learn: this.#places(design, 'learn', beside.learn),
    };
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** Ids of the blocks a block takes its values from. */
  idsOf(place: Place, key: string): number[] {
    const ids = place.json[key];
    if (Array.isArray(ids) && ids.length > 0 && ids.every((id) => typeof id === 'number')) return [...new Set(ids)];
    return this.missing(place, key);
  }

  /** Axes a processing block sees. */
  axesOf(place: Place): string[] {
    const { axes, namedAxes } = place.json;
    const named = Array.isArray(namedAxes) ? namedAxes.filter(isRecord).map(({ selectedAxis }) => selectedAxis) : [];
    const list = Array.isArray(axes) && axes.length > 0 ? axes : named;
    if (list.length > 0 && list.every((axis) => typeof axis === 'string' && axis !== '')) {
      return [...new Set(list as string[])];
    }
    return this.missing(place, 'axes');
  }

  /** Parameters of a processing block by name; settings that are null count as not set. */
  parametersOf(place: Place): Json {
    const { metadata, parameters, options } = place.json;
    const built = isRecord(metadata) ? (metadata.dspConfig ?? metadata.parameters) : undefined;
    const found = [place.config, built, parameters, options].find((one) => one !== undefined && one !== null);
    if (found === undefined) this.note(`${place.name}: no parameters in the export, taken as our defaults.`);
    const flat = isRecord(found) && isRecord(found.options) ? found.options : (groupsOf(found) ?? found ?? {});
    if (!isRecord(flat)) return this.missing(place, 'parameters');
    return Object.fromEntries(Object.entries(flat).filter(([, value]) => value !== null));
  }

  /** A name that a C++ member could have, unlike those before. */
  identifier({ json, id, name }: Place): string {
    const words = String(json.name ?? json.title ?? json.type)
      .normalize('NFKD')
      .split(/[^A-Za-z0-9]+/)
      .filter((word) => word !== '');
    const camel = words
      .map((word, i) => (i === 0 ? word.toLowerCase() : word[0]!.toUpperCase() + word.slice(1)))
      .join('');
    const plainName = (/^[A-Za-z]/.test(camel) ? camel : `block${camel}`).slice(0, 24);
    const unique = this.#identifiers.has(plainName) ? `${plainName}${id}` : plainName;
    if (this.#identifiers.has(unique))
      this.refuse('BAD_FILE', name, `a second block of id ${id}`, 'distinct ids', EXPORT);
    this.#identifiers.add(unique);
    return unique;
  }

  /** Runs what throws for its own reasons, and says for which block it did. */
  within<T>(name: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof ImpulseError)) throw error;
      const { code, where, got, expected, fix } = error;
      return fail({ code, where: `importEdgeImpulse ${name}, ${where}`, got, expected, fix, cause: error });
    }
  }

  missing(place: Place, what: string): never {
    return this.refuse('BAD_FILE', place.name, `no usable ${what}`, `${what}`, EXPORT);
  }

  refuse(code: ErrorCode, where: string, got: string, expected: string, fix: string): never {
    return fail({ code, where: `importEdgeImpulse ${where}`, got, expected, fix });
  }

  #places(design: Json, kind: keyof typeof LISTS, configs: unknown): Place[] {
    const key = LISTS[kind];
    const list = design[key];
    if (!Array.isArray(list) || list.length === 0)
      return this.refuse('BAD_FILE', key, show(list), 'a list of blocks', EXPORT);
    const places = list.map((item: unknown, i): Place => {
      // The tuner's records keep a block and its settings side by side.
      const wrapped = isRecord(item) && isRecord(item.block) ? item : { block: item, config: undefined };
      const json = wrapped.block;
      if (!isRecord(json) || typeof json.id !== 'number' || typeof json.type !== 'string') {
        return this.refuse('BAD_FILE', `${key}[${i}]`, show(item), 'a block with id and type', EXPORT);
      }
      const beside = isRecord(configs) ? configs[String(json.id)] : undefined;
      const title = typeof json.name === 'string' ? json.name : json.type;
      return {
        id: json.id,
        name: `${key}[${i}] ${show(title)}`,
        json,
        config: beside ?? wrapped.config ?? json.config,
      };
    });
    const current = places.filter(({ json }) => json.primaryVersion !== false && json.db !== true);
    for (const { name } of places.filter((place) => !current.includes(place))) {
      this.note(`${name} is left out: an older version of a block.`);
    }
    if (current.length === 0) this.refuse('BAD_FILE', key, 'older versions only', 'a list of blocks', EXPORT);
    const twice = current.find(({ id }, i) => current.findIndex((one) => one.id === id) < i);
    if (twice) this.refuse('BAD_FILE', twice.name, `a second block of id ${twice.id}`, 'distinct ids', EXPORT);
    return current;
  }
}

const EXPORT = 'Export the impulse again, as deployment-metadata.json or from the API.';

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy that is JSON and nothing else, from text or an object. */
function plain(given: unknown, what: string): Json {
  let copy: unknown;
  try {
    copy = JSON.parse(typeof given === 'string' ? given : JSON.stringify(given));
  } catch (cause) {
    copy = undefined;
    if (!(cause instanceof Error)) throw cause;
  }
  if (isRecord(copy)) return copy;
  return fail({
    code: 'BAD_FILE',
    where: 'importEdgeImpulse',
    got: `${what} that is no JSON object`,
    expected: 'a JSON object, as text or parsed',
    fix: EXPORT,
  });
}

/** Parameters from groups of items with `param` and `value`, as the API describes a block. */
function groupsOf(found: unknown): Json | undefined {
  const groups = isRecord(found) && Array.isArray(found.config) ? found.config : found;
  if (!Array.isArray(groups)) return undefined;
  const items = groups.filter(isRecord).flatMap(({ items }) => (Array.isArray(items) ? items.filter(isRecord) : []));
  return Object.fromEntries(
    items.filter(({ param }) => typeof param === 'string').map(({ param, value }) => [param, value]),
  );
}
