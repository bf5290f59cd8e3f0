/** Where `size` values that go on as their own mirror image, ends repeated, have value i. Needs -size <= i < 2 size. */
export function mirrored(i: number, size: number): number {
  if (i < 0) return -1 - i;
  return i < size ? i : 2 * size - 1 - i;
}
