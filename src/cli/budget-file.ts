import { familyOf } from '../families/index.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import { describeBudget } from '../report/budget.js';
import { json } from '../report/json.js';
import type { State } from '../theory/rows.js';
import type { SimulationPolicy } from '../theory/simulation.js';
import { type BudgetCheck, checkBudget, readBudgetFile } from '../traffic/budget.js';
import type { SourceName } from '../traffic/sources.js';
import { traffic } from '../traffic/traffic.js';
import { CheckFailed } from './errors.js';

interface BudgetRun {
  machine: Machine;
  /** What runs where an entry doesn't name its source. */
  sources: readonly SourceName[];
  policy?: SimulationPolicy | undefined;
  json: boolean;
  signal: AbortSignal;
}

interface Held {
  workload: Workload;
  plan: Plan;
  state: State;
  checks: BudgetCheck[];
}

/** Runs every layer of a budget file and holds it against its limits. Throws CheckFailed if one moves more. */
export async function runBudgetFile(path: string, run: BudgetRun): Promise<void> {
  const entries = readBudgetFile(path); // all of it is checked before the first layer runs
  const held: Held[] = [];
  for (const { workload, state, plan: wanted, source, limits } of entries) {
    const sources = source === null ? run.sources : [source];
    const { policy, machine, signal } = run;
    const report = await traffic(workload, {
      ...{ sources, state, machine, plan: wanted, signal },
      ...(policy === undefined ? {} : { policy }),
    });
    const checks = checkBudget(limits, report.sources, source);
    held.push({ workload: report.workload, plan: report.plan, state, checks });
  }
  process.stdout.write(`${run.json ? json({ schemaVersion: 1, budgets: held }) : textOf(held)}\n`);
  const over = held.filter(({ checks }) => checks.some((check) => check.over));
  if (over.length > 0) throw new CheckFailed(`${over.length} of ${held.length} layers are over their budget`);
}

function textOf(held: readonly Held[]): string {
  return held
    .map(({ workload, state, checks }) => {
      const name = `${workload.kind} ${familyOf(workload).name(workload)}, ${state}`;
      return `${name}\n${describeBudget(checks)}`;
    })
    .join('\n\n');
}
