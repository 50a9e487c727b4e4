import { allocate } from '../../src/kernels/allocate.js';
import { planForGemm } from '../../src/kernels/gemm.js';
import { gemmOperands } from '../../src/kernels/gemm-operands.js';
import { oneNodeModel } from '../../src/onnx/write.js';
import { type GemmWorkload, gemmName, gemmOps } from '../../src/workloads/gemm.js';
import type { Contest } from './contest.js';
import type { Peer } from './onnxruntime.js';

/** Our prepared GEMM against a MatMul with constant weights, which ONNX Runtime packs when it loads the model. */
export function gemmContest(workload: GemmWorkload, peer: Peer, threads: number): Contest {
  const { m, n, k } = workload;
  const plan = planForGemm(workload, { threads });
  const { operator, call, weights } = gemmOperands(workload, plan);
  const [inputs, outputs] = [call.inputs as Float32Array, call.outputs as Float32Array];
  const peerOutputs = allocate(m * n);
  const model = oneNodeModel({
    operator: 'MatMul',
    opset: 17,
    inputs: [
      { name: 'x', dims: [m, k] },
      { name: 'w', dims: [k, n], data: weights as Float32Array },
    ],
    outputs: [{ name: 'y', dims: [m, n] }],
  });
  const session = peer.session(
    model,
    threads,
    { x: { dims: [m, k], data: inputs } },
    { y: { dims: [m, n], data: peerOutputs } },
  );
  return {
    name: gemmName(workload),
    workload,
    ops: gemmOps(workload),
    validOps: gemmOps(workload),
    sides: [
      { name: 'rooftile', run: () => operator.run(call), outputs: () => outputs },
      { name: 'onnxruntime', run: () => session.run(), outputs: () => peerOutputs },
    ],
  };
}
