import { escaped } from '../svg.js';

/** A cell: text, or a number with how it is written, or text with a shade from 0 (white) to 1. */
export type Cell =
  | string
  | number
  | undefined
  | { readonly text: string; readonly shade: number; readonly right: boolean };

/** A table with a caption; the first cell of a row is its header. All texts are escaped. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map(([first, ...cells]) => {
    return `<tr><th scope="row">${escaped(textOf(first))}</th>${cells.map(cellOf).join('')}</tr>`;
  });
  return [
    `<table><caption>${escaped(caption)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody></table>`,
  ].join('\n');
}

function cellOf(cell: Cell): string {
  if (typeof cell === 'object') {
    const { shade, right, text } = cell;
    const color = right ? `rgba(31,111,180,${shade.toFixed(2)})` : `rgba(200,85,27,${shade.toFixed(2)})`;
    return `<td class="n" style="background:${color}${shade > 0.6 ? ';color:#fff' : ''}">${escaped(text)}</td>`;
  }
  return `<td${typeof cell === 'number' ? ' class="n"' : ''}>${escaped(textOf(cell))}</td>`;
}

function textOf(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return figureText(cell);
  return typeof cell === 'string' ? cell : cell.text;
}

/** Whole numbers as they are, others with four digits behind the point or in powers of ten. */
export function figureText(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toFixed(4)));
}
