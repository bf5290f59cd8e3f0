import type { Optimize } from '../../cpp.js';
import { type Options, resolve, type Schema, type Values, value } from '../../params.js';
import type { LibraryExtras } from '../cpp/extras.js';

const line = (text: unknown): string | undefined =>
  typeof text === 'string' && /^[^\p{Cc}\u2028\u2029]{1,100}$/u.test(text)
    ? undefined
    : 'one line of 1 to 100 characters';

const schema = {
  version: value<string>('1.0.0', 'Version of the package: three numbers.', {
    check: (text) =>
      typeof text === 'string' && /^(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){2}$/.test(text)
        ? undefined
        : 'three numbers such as "1.0.0"',
  }),
  author: value<string>('Unknown', 'Who made it: a name, or "name <address>".', { check: line }),
  url: value<string>('https://example.com/', 'Web page of the package.', {
    check: (text) =>
      typeof text === 'string' && /^https?:\/\/[\w.~:/?#@!$()*+,;=%-]{1,200}$/.test(text)
        ? undefined
        : 'an address that begins with https://',
  }),
} satisfies Schema;

/** What every package says of itself. */
export type PackageValues = Values<typeof schema>;

/** A library as a package of a build system. */
export interface PackageOptions extends LibraryExtras, Options<typeof schema> {
  /** C++ namespace, stem of the file names and name of the package. */
  name: string;
  /** Least flash, or least time for at most a fifth more flash. Default `size`. */
  optimize?: Optimize | undefined;
}

/** @throws `BAD_OPTION` */
export function packageValues(where: string, { version, author, url }: PackageOptions): PackageValues {
  const given = Object.entries({ version, author, url }).filter(([, text]) => text !== undefined);
  return resolve(where, schema, Object.fromEntries(given));
}
