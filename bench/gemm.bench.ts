// A prepared GEMM as a Node program calls it, `run` included, on one thread and warm.
//
//   npx tsx bench/gemm.bench.ts [--json] [--threads=2] [SHAPE…]      shapes as MxNxK; default: the usual ones
import { planForGemm } from '../src/kernels/gemm.js';
import { gemmOperands } from '../src/kernels/gemm-operands.js';
import { gemmName, gemmOps, parseGemm } from '../src/workloads/gemm.js';
import { type Case, suite } from './harness.js';
import { FEW_ROWS_SHAPES, SQUARE_SHAPES } from './shapes.js';

const args = process.argv.slice(2);
const threads = Number(args.find((arg) => arg.startsWith('--threads='))?.split('=')[1] ?? 1);
const named = args.filter((arg) => !arg.startsWith('--'));
const shapes = named.length > 0 ? named : [...SQUARE_SHAPES, ...FEW_ROWS_SHAPES];

const cases = shapes.map((shape): Case => {
  const workload = parseGemm(shape);
  const plan = planForGemm(workload, { threads });
  // The unpacked weights go: eight layers of 64 MiB are enough.
  const { operator, call } = gemmOperands(workload, plan);
  return {
    name: `gemm/f32/${gemmName(workload)}/${plan.isa}/t${threads}`,
    ops: gemmOps(workload),
    kernel: { workload, plan },
    run: () => operator.run(call),
  };
});

suite('Prepared GEMM from Node, caches warm', cases);
