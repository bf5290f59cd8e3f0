import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Allowed for what the graph says nothing of: routines of the compiler's run time and the C library, and kernels in
 * assembler, which GCC takes for functions without a frame. Those of ours save at most 64 bytes.
 */
const ROUTINE_BYTES = 128;

interface Graph {
  /** Stack of a function itself; undefined when it is not known before it runs. */
  readonly frames: Map<string, number | undefined>;
  readonly calls: Map<string, Set<string>>;
}

/**
 * The deepest path of calls from `start` in the graphs that GCC wrote into a folder with `-fcallgraph-info=su`, in bytes
 * of stack; undefined where it has no bound that the compiler knows: recursion, calls by pointer, frames of varying size.
 */
export async function stackBound(dir: string, image: string, start: RegExp): Promise<number | undefined> {
  const files = (await readdir(dir)).filter((name) => name.startsWith(`${image}-`) && name.endsWith('.ci'));
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')));
  const graph = graphOf(texts.join('\n'));
  const first = [...graph.frames.keys()].find((name) => start.test(name));
  return first === undefined ? undefined : deepest(graph, first, new Map());
}

function graphOf(text: string): Graph {
  const frames: Graph['frames'] = new Map();
  const calls: Graph['calls'] = new Map();
  for (const [, title, label] of text.matchAll(/^node: \{ title: "([^"]*)" label: "([^"]*)"/gm)) {
    const frame = /(\d+) bytes \(([^)]*)\)/.exec(label!);
    if (frame) frames.set(title!, frame[2] === 'static' ? Number(frame[1]) : undefined);
  }
  for (const [, from, to] of text.matchAll(/^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"/gm)) {
    calls.set(from!, (calls.get(from!) ?? new Set()).add(to!));
  }
  return { frames, calls };
}

/** Bytes from a function down; `known` holds those that are done, and undefined while one is at work. */
function deepest(graph: Graph, name: string, known: Map<string, number | undefined>): number | undefined {
  if (name === '__indirect_call') return undefined;
  if (!graph.frames.has(name)) return ROUTINE_BYTES;
  if (known.has(name)) return known.get(name);
  known.set(name, undefined);
  const below = [...(graph.calls.get(name) ?? [])].map((called) => deepest(graph, called, known));
  const own = graph.frames.get(name);
  if (own === undefined || below.includes(undefined)) return undefined;
  const inAssembler = own === 0 && below.length === 0;
  const bytes = inAssembler ? ROUTINE_BYTES : own + Math.max(0, ...(below as number[]));
  known.set(name, bytes);
  return bytes;
}
