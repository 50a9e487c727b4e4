// What counting and calling cost:
//   1. a counted run against a plain run of the same plan, pair by pair;
//   2. a prepared 1x1x1 run, which is all call overhead.
//
//   npx tsx bench/tap.bench.ts [--json] [SHAPE]      SHAPE of the first; default 1024x1024x1024
import { planForGemm } from '../src/kernels/gemm.js';
import { gemmOperands } from '../src/kernels/gemm-operands.js';
import { storedMachine } from '../src/machine/index.js';
import { addon } from '../src/native/addon.js';
import { table } from '../src/report/table.js';
import { nanoseconds, percent } from '../src/report/units.js';
import { scopesOf, sharesLastCache } from '../src/theory/caches.js';
import { residencyOf } from '../src/theory/gemm-residency.js';
import { gemmName, gemmOps, parseGemm } from '../src/workloads/gemm.js';
import { type Case, comparePairs, print, type Ratio, runSuite } from './harness.js';

const PAIRS = 41;
const machine = storedMachine();
const shape = process.argv.slice(2).find((arg) => !arg.startsWith('--')) ?? '1024x1024x1024';

/** The same jobs on the same operands: only the tap differs. Cold: a warm count runs twice. */
async function costOfCounting(): Promise<Ratio> {
  const workload = parseGemm(shape);
  const plan = planForGemm(workload, { threads: 1 }, machine);
  const { operator, call } = gemmOperands(workload, plan);
  const native = operator.nativeCall(call);
  const scopes = scopesOf(residencyOf(workload, plan, machine));
  const shared = sharesLastCache(plan.threads, machine);
  return comparePairs(
    `counting/gemm/f32/${gemmName(workload)}/${plan.isa}/t1`,
    () => addon().gemmRunAsync(...native).promise,
    () => addon().gemmCount(...native, scopes, shared, false).promise,
    PAIRS,
  );
}

function smallest(): Case {
  const workload = parseGemm('1x1x1');
  const plan = planForGemm(workload, { threads: 1 }, machine);
  const { operator, call } = gemmOperands(workload, plan);
  const name = `gemm/f32/1x1x1/${plan.isa}/t1`;
  return { name, ops: gemmOps(workload), kernel: { workload, plan }, run: () => operator.run(call) };
}

const ratio = await costOfCounting();
const document = {
  ...runSuite([smallest()], { milliseconds: 200, sampleMilliseconds: 20 }, machine),
  ratios: [ratio],
};

print('Cost of counting, cost of a call', document, () => {
  const more = (value: number) => `${value >= 1 ? '+' : '−'}${percent(Math.abs(value - 1))}`;
  const cells = [
    ratio.name,
    nanoseconds(ratio.a.median),
    nanoseconds(ratio.b.median),
    more(ratio.median),
    `${more(ratio.low)} … ${more(ratio.high)}`,
    `${ratio.pairs}`,
  ];
  const counting = table(['name', 'plain', 'counted', 'median cost', '95 % interval', 'pairs'], [cells]);
  const calls = document.benchmarks.map(({ name, nanoseconds: { min, median, p90 } }) => [
    name,
    ...[min, median, p90].map(nanoseconds),
  ]);
  return `${counting}\n\n${table(['a call', 'min', 'median', 'p90'], calls)}`;
});
