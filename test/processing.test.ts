import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROCESSING_FILE, processingText } from '../scripts/processing.js';

describe('docs/processing.md', () => {
  const text = readFileSync(PROCESSING_FILE, 'utf8');
  const rows = [...text.matchAll(/^\| MF\w+ \(.*?\) \| (\d+) \| ([\d.]+) \| \*\*([\d.]+)\*\* \|/gm)].map((match) =>
    match.slice(1).map(Number),
  );

  it('says what the blocks declare: npx tsx scripts/processing.ts', () => {
    expect(text).toBe(processingText());
  });

  it("explains every row of the paper's table, and stays below it", () => {
    expect(rows).toHaveLength(8);
    for (const [paper, explained, ours] of rows) {
      expect(Math.round(explained!)).toBe(paper);
      expect(ours).toBeLessThan(paper!);
    }
  });
});
