// The process that valgrind runs: node --jitless child.js '{"workload": …, "plan": …, …}'.
import { familyOf } from '../families/index.js';
import { leaveZeros } from '../kernels/operands.js';
import type { Machine } from '../machine/types.js';
import type { Plan, Workload } from '../plans/plan.js';
import type { Fills } from './cachegrind-file.js';
import { LINE_BYTES } from './geometry.js';

export interface ChildTask {
  workload: Workload;
  plan: Plan;
  /** Runs of the kernel, each after a sweep that leaves nothing of it in the caches. */
  runs: number;
  evictBytes: number;
  /** Then it is simulated with the caches of each, on the very arrays that it ran on; the fills are written as JSON. */
  simulate: Machine[];
}

const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
const run = familyOf(task.workload).open(task.workload, task.plan, leaveZeros);
await run.sample(task.runs, task.evictBytes);
const fills: Fills[] = [];
const lines = (bytes = 0) => bytes / LINE_BYTES;
for (const machine of task.simulate) {
  const { totals } = await run.simulate(machine, 'cold');
  fills.push({ d1: lines(totals.l2?.read), lastLevel: lines(totals.dram?.read) });
}
process.stdout.write(JSON.stringify(fills));
