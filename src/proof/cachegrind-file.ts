/** Lines that a function made the simulated caches fetch: read and write misses of data. */
export interface Fills {
  d1: number;
  lastLevel: number;
}

const D1_EVENTS = ['D1mr', 'D1mw'];
const LAST_LEVEL_EVENTS = ['DLmr', 'DLmw'];

/**
 * Fills by function, from the file that cachegrind writes: `events:` names the columns, `fn=` a function, and the lines
 * under it are a line of source and its counts, of which trailing zeros may be missing. The same function comes once for
 * each file that its code was inlined from, so sums are by its name alone. Throws an Error for other files.
 */
export function fillsByFunction(text: string): Map<string, Fills> {
  const byFunction = new Map<string, Fills>();
  let columns: { d1: number[]; lastLevel: number[] } | undefined;
  let current: Fills | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('events:')) {
      const names = line.slice('events:'.length).trim().split(/\s+/);
      columns = { d1: columnsOf(names, D1_EVENTS), lastLevel: columnsOf(names, LAST_LEVEL_EVENTS) };
    } else if (line.startsWith('fn=')) {
      const name = line.slice('fn='.length);
      current = byFunction.get(name) ?? { d1: 0, lastLevel: 0 };
      byFunction.set(name, current);
    } else if (/^\d/.test(line)) {
      if (columns === undefined || current === undefined) {
        throw new Error(`cachegrind's file: line ${index + 1} has counts before 'events:' and 'fn='`);
      }
      const [, ...counts] = line.split(' ').map(Number);
      current.d1 += sum(counts, columns.d1);
      current.lastLevel += sum(counts, columns.lastLevel);
    }
  }
  if (columns === undefined) throw new Error("cachegrind's file: no line 'events:'");
  return byFunction;
}

function columnsOf(names: string[], events: string[]): number[] {
  return events.map((event) => {
    const column = names.indexOf(event);
    if (column === -1) throw new Error(`cachegrind's file: its events lack ${event}: ${names.join(' ')}`);
    return column;
  });
}

function sum(counts: number[], columns: number[]): number {
  return columns.reduce((total, column) => total + (counts[column] ?? 0), 0);
}
