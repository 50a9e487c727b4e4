import type { Operand, OperandReuse } from '../theory/rows.js';
import { type Claim, type Figure, figure } from './claim.js';
import type { ReusePoint } from './report-data.js';
import { STRATEGIES, strategyExperiment } from './strategies.js';

/** A report's point with the distribution behind its mean. */
export interface ReuseRow extends ReusePoint {
  uses: OperandReuse['uses'];
}

/** `extentBytes`: what takes turns in the cache, the bytes fetched during one execution of the loop that it holds. */
export function reuseRow(strategy: string, { operand, executions, uses }: OperandReuse): ReuseRow {
  const bytes = uses.reduce((sum, one) => sum + one.bytes, 0);
  const used = uses.reduce((sum, one) => sum + one.bytes * one.uses, 0);
  return { strategy, operand, extentBytes: bytes / executions, bytes, usesPerLine: used / bytes, uses };
}

/**
 * What the drawing says of one strategy: of the two operands that are read, the one that costs the most bandwidth is
 * the one whose lines are used least.
 */
export function drawingHolds(rows: readonly ReuseRow[]): boolean {
  const read = rows.filter(({ operand }) => operand !== 'outputs');
  const most = read.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return read.every(({ usesPerLine }) => most.usesPerLine <= usesPerLine);
}

const NAMES: Partial<Record<Operand, string>> = { packedWeights: 'weights', packedInputs: 'inputs' };

export const reuseProfile: Claim = {
  id: 'reuse-profile',
  claim:
    'Commentary: wide data used few times needs a high bandwidth, narrow data used often a low one; each strategy has its own profile',
  async test(laboratory) {
    const { workload, fastLevel, boundary, plan } = strategyExperiment(laboratory);
    const figures: Figure[] = [];
    const all: ReuseRow[] = [];
    const perStrategy: { name: string; holds: boolean; bytes: number; uses: number }[] = [];
    for (const { order, name } of STRATEGIES) {
      const found = await laboratory.reuse(workload, plan(order), boundary);
      const rows = found.map((one) => reuseRow(name, one));
      all.push(...rows);
      const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
      const uses = rows.reduce((sum, row) => sum + row.bytes * row.usesPerLine, 0) / bytes;
      perStrategy.push({ name, holds: drawingHolds(rows), bytes, uses });
      for (const row of rows) {
        const label = `${name}, ${NAMES[row.operand] ?? row.operand}`;
        figures.push(
          figure(`${label}: extent`, 'B', 'count', row.extentBytes),
          figure(`${label}: uses per fetched line`, 'uses', 'count', row.usesPerLine),
          figure(`${label}: fetched`, 'B', 'count', row.bytes),
        );
      }
    }
    // A point for every number of uses: the distribution, not its mean.
    laboratory.report.reuseProfile = all.flatMap(({ uses, ...row }) =>
      uses.map((one) => ({ ...row, usesPerLine: one.uses, bytes: one.bytes })),
    );
    const byBytes = [...perStrategy].sort((a, b) => b.bytes - a.bytes);
    const ordered = byBytes.every(({ uses }, i) => i === 0 || uses >= (byBytes[i - 1]?.uses ?? 0));
    const holds = ordered && perStrategy.every((one) => one.holds);
    return {
      verdict: holds ? 'holds' : 'does-not-hold',
      condition: holds
        ? `through L${fastLevel}, from ${byBytes[0]?.uses.toFixed(1)} uses a line (${byBytes[0]?.name}) to ${byBytes.at(-1)?.uses.toFixed(1)} (${byBytes.at(-1)?.name}): fewer bytes with every step`
        : `the strategies' bytes don't fall as the uses of a line rise: ${byBytes.map(({ name, uses }) => `${name} ${uses.toFixed(1)}`).join(', ')}`,
      figures,
    };
  },
};
