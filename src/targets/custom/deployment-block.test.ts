import { describe, expect, expectTypeOf, it } from 'vitest';
import { boolean, choice, deploymentBlock, int } from '../../index.js';
import type { Bundle, DeploymentBlock } from '../../program.js';
import { tinyProgram } from '../testing/tiny-program.js';

const labelList = deploymentBlock({
  type: 'label-list',
  version: 1,
  params: {
    separator: choice([',', ';'], ',', 'Between two labels.'),
    copies: int(1, 'Files with the same text.', { min: 1, max: 3 }),
    upper: boolean(false, 'In capitals.'),
  },
  emit: ({ learn }, { separator, copies, upper }): Bundle => {
    const labels = learn.flatMap(({ block }) => block.labels).join(separator);
    const text = upper ? labels.toUpperCase() : labels;
    return { files: Object.fromEntries(Array.from({ length: copies }, (_, i) => [`${copies - i}.txt`, text])) };
  },
});

describe('deploymentBlock', () => {
  it('makes deployments with typed options and defaults', () => {
    const block = labelList({ separator: ';', copies: 2 });
    expectTypeOf(block).toEqualTypeOf<DeploymentBlock>();
    expectTypeOf(labelList).parameter(0).toMatchTypeOf<{ separator?: ',' | ';' | undefined } | undefined>();
    expect(block).toMatchObject({ role: 'deploy', type: 'label-list' });
    expect(block.options).toEqual({ separator: ';', copies: 2, upper: false });
    const labels = tinyProgram().learn[0]!.block.labels.join(';');
    expect(block.emit(tinyProgram()).files).toEqual({ '1.txt': labels, '2.txt': labels });
  });

  it('sorts files, so that the same impulse gives the same bundle', () => {
    const { files } = labelList({ copies: 3 }).emit(tinyProgram());
    expect(Object.keys(files)).toEqual(['1.txt', '2.txt', '3.txt']);
    expect(JSON.stringify(labelList({ copies: 3 }).emit(tinyProgram()))).toBe(JSON.stringify({ files }));
  });

  it('refuses options outside of their declaration', () => {
    expect(() => labelList({ copies: 4 })).toThrow(/label-list\.copies.*BAD_OPTION/);
    expect(() => labelList({ separator: '-' as ',' })).toThrow(/BAD_OPTION/);
    expect(() => labelList({ seperator: ',' } as object)).toThrow(/label-list\.seperator.*UNKNOWN_OPTION/);
  });
});
