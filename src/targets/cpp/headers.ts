import { type CppFile, closure } from '../../cpp.js';
import { VERSION } from '../../version.js';

/** Namespace of this release inside of `impulsekit`. */
export const RELEASE = `v${VERSION.replace(/[^0-9A-Za-z]+/g, '_')}`;

const OPENS = /^namespace impulsekit \{$/gm;
const CLOSES = /^\} {2}\/\/ namespace impulsekit$/gm;

/**
 * The headers of a library and all they include, as files below `impulsekit/`. What they define stands in an inline
 * namespace of the release: inline functions of two releases then are two functions, and libraries of both link into
 * one program.
 */
export function headerFiles(files: readonly CppFile[]): Record<string, string> {
  return Object.fromEntries(closure(files).map(({ path, text }) => [`impulsekit/${path}`, ofRelease(text)]));
}

/** Headers of other authors that close the namespace in another way stay as they are, which is sound as well. */
export function ofRelease(text: string): string {
  const [opens, closes] = [OPENS, CLOSES].map((pattern) => text.match(pattern)?.length ?? 0);
  if (opens !== closes) return text;
  return text
    .replace(OPENS, `namespace impulsekit {\ninline namespace ${RELEASE} {`)
    .replace(CLOSES, `}  // namespace ${RELEASE}\n}  // namespace impulsekit`);
}
