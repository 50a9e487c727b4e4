import type { BudgetCheck } from '../traffic/budget.js';
import { table } from './table.js';
import { integer, percent } from './units.js';

/** A run held against its limits, as text. */
export function describeBudget(checks: readonly BudgetCheck[]): string {
  return table(
    ['budget', 'limit', 'bytes', 'source', 'used', ''],
    checks.map(({ name, limitBytes, bytes, source, over }) => [
      name,
      integer(limitBytes),
      integer(bytes),
      source,
      percent(limitBytes === 0 ? null : bytes / limitBytes),
      over ? `over by ${integer(bytes - limitBytes)}` : 'within',
    ]),
  );
}
