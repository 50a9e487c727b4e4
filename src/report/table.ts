import { stripVTControlCharacters, styleText } from 'node:util';

export type Alignment = 'left' | 'right';

export interface TableOptions {
  /** One a column; without it, columns of figures stand right and others left. */
  align?: Alignment[];
  /** Spaces before each line. */
  indent?: number;
}

/**
 * An aligned text table with bold headers, two spaces between columns, no line break at its end.
 * Cells may carry ANSI styles. Throws RangeError where a row has more or fewer cells than there are headers.
 */
export function table(headers: string[], rows: string[][], options: TableOptions = {}): string {
  for (const [index, row] of rows.entries()) checkLength(`row ${index}`, row.length, headers.length);
  const align =
    options.align ?? headers.map((_, column) => alignmentOf(rows.map((row) => row[column] ?? '')));
  checkLength('align', align.length, headers.length);

  const lines = [headers, ...rows];
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))));
  const margin = ' '.repeat(options.indent ?? 0);
  const format = (cells: string[], style = (text: string) => text) =>
    margin +
    cells
      .map((cell, column) => pad(style(cell), widths[column] ?? 0, align[column] ?? 'left'))
      .join('  ')
      .trimEnd();

  return [format(headers, bold), ...rows.map((row) => format(row))].join('\n');
}

// A sign or bound, digits, then at most one unit: "1,234", "−3.5 %", "21.4 GB/s", "2.1e-7", "1.5×"; not "14x32".
const FIGURE = /^[-+−±~≈<>≤≥]?\s?\d[\d,]*(\.\d+)?(e[-+]?\d+)?([%×]| [%×]| [a-zA-Zµ]+(\/[a-zA-Z]+)?)?$/;
const ABSENT = /^[-–—]?$/;

/** Right for a column of figures, left for others. */
export function alignmentOf(cells: string[]): Alignment {
  const present = cells
    .map((cell) => stripVTControlCharacters(cell).trim())
    .filter((cell) => !ABSENT.test(cell));
  return present.length > 0 && present.every((cell) => FIGURE.test(cell)) ? 'right' : 'left';
}

function pad(cell: string, target: number, alignment: Alignment): string {
  const space = ' '.repeat(target - width(cell));
  return alignment === 'right' ? space + cell : cell + space;
}

/** Columns on a terminal, for text of single-width characters: code points without the ANSI codes. */
function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function bold(text: string): string {
  return styleText('bold', text);
}

function checkLength(what: string, length: number, expected: number): void {
  if (length !== expected) throw new RangeError(`table: ${what} has ${length} cells, not ${expected}`);
}
