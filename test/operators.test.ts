import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPERATORS_FILE, operatorsText } from '../scripts/operators.js';

describe('docs/operators.md', () => {
  it('says what the operator folders declare: npx tsx scripts/operators.ts', () => {
    expect(readFileSync(OPERATORS_FILE, 'utf8')).toBe(operatorsText());
  });
});
