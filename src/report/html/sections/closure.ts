import { BOUNDARIES, type Boundary, type Direction, type Operand } from '../../../theory/rows.js';
import type { SourceBytes } from '../charts/causes.js';
import { OPERAND_ORDER, OPERANDS } from '../charts/operands.js';
import { html } from '../markup.js';
import { type Section, tablePart } from '../parts.js';
import { ABSENT, listed, showMemory, showPercent } from '../text.js';

/** Which source the others are held against: the first of these that ran. */
const REFERENCES = ['simulate', 'count', 'theory'];

interface Row {
  boundary: Boundary;
  operand: Operand | null;
  direction: Direction | null;
}

/** Every source row by row, with signed errors against the one that knows most. */
export function closureSection(sources: readonly SourceBytes[]): Section | null {
  const reference = REFERENCES.map((name) => sources.find((source) => source.name === name)).find(Boolean);
  if (reference === undefined || sources.length < 2) return null;
  const others = sources.filter((source) => source !== reference);
  const rows = BOUNDARIES.flatMap((boundary): Row[] => {
    if (!sources.some(({ totals }) => totals[boundary])) return [];
    const own = OPERAND_ORDER.flatMap((operand): Row[] =>
      (['read', 'write'] as const).map((direction) => ({ boundary, operand, direction })),
    ).filter((row) => sources.some((source) => (bytesAt(source, row) ?? 0) > 0));
    return [...own, { boundary, operand: null, direction: null }];
  });
  const body = rows.map((row) => {
    const truth = bytesAt(reference, row);
    return [
      showMemory(row.boundary),
      row.operand === null ? 'all' : OPERANDS[row.operand].label,
      row.direction ?? 'both',
      whole(truth),
      ...others.flatMap((source) => {
        const bytes = bytesAt(source, row);
        return [whole(bytes), errorOf(bytes, truth)];
      }),
    ];
  });
  return {
    id: 'closure',
    title: 'The sources row by row',
    body: html`<p>Errors of ${listed(others.map(({ name }) => name))} are relative to ${reference.name}. A dash: the source doesn’t tell, or there is nothing to relate to.</p>${tablePart(
      'The sources row by row',
      [
        'boundary',
        'operand',
        'direction',
        html`${reference.name}<small>bytes</small>`,
        ...others.flatMap(({ name }) => [
          html`${name}<small>bytes</small>`,
          html`error<small>of ${name}</small>`,
        ]),
      ],
      body,
    )}`,
  };
}

/** Null where the source says nothing of it. */
function bytesAt({ rows, totals }: SourceBytes, { boundary, operand, direction }: Row): number | null {
  const total = totals[boundary];
  if (total === undefined) return null;
  if (operand === null) return total.read + total.write;
  const own = rows.filter((row) => row.boundary === boundary);
  if (own.length === 0 && total.read + total.write > 0) return null;
  return own
    .filter((row) => row.operand === operand && row.direction === direction)
    .reduce((sum, row) => sum + row.bytes, 0);
}

const whole = (bytes: number | null) => (bytes === null ? ABSENT : Math.round(bytes).toLocaleString('en-US'));

function errorOf(bytes: number | null, truth: number | null): string {
  if (bytes === null || truth === null) return ABSENT;
  if (bytes === truth) return '0 %';
  if (truth === 0) return ABSENT;
  return `${bytes > truth ? '+' : '−'}${showPercent(Math.abs(bytes - truth) / truth)}`;
}
