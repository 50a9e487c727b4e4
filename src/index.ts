/** rooftile: kernels that count their own memory traffic, and the theory to hold it against. */
export type { Claim, ClaimResult, Figure } from './article/claim.js';
export { CLAIMS, type ValidateOptions, type ValidateReport, validate } from './article/validate.js';
export {
  type ClaimGiven,
  type ClaimInput,
  type ClaimSolution,
  parseClaim,
  type Reading,
  solveClaim,
} from './claims/index.js';
export {
  checkConsistency,
  consistencyChecks,
  type DataPoint,
  type Finding,
} from './consistency/index.js';
export {
  type NetworkAsyncCall,
  type NetworkCall,
  type NetworkRunOptions,
  type PreparedNetwork,
  prepareNetwork,
} from './executor/prepare.js';
export type { WeightSource, Weights } from './executor/weights.js';
export { allocate } from './kernels/allocate.js';
export {
  type Conv2dAsyncCall,
  type Conv2dBlockedAsyncCall,
  type Conv2dBlockedCall,
  type Conv2dCall,
  type Conv2dOptions,
  conv2d,
  conv2dAsync,
  type PreparedConv2d,
  planForConv2d,
  prepareConv2d,
} from './kernels/conv2d.js';
export { allocateElements, type ElementArray, fromBf16, toBf16 } from './kernels/elements.js';
export {
  type GemmAsyncCall,
  type GemmCall,
  type GemmOptions,
  gemm,
  gemmAsync,
  type PreparedGemm,
  planForGemm,
  prepareGemm,
} from './kernels/gemm.js';
export {
  type GruCall,
  type GruOptions,
  gru,
  gruAsync,
  type LstmCall,
  lstm,
  lstmAsync,
  type PreparedRnn,
  planForRnn,
  prepareGru,
  prepareLstm,
  type RnnLayer,
  type RnnOptions,
} from './kernels/rnn.js';
export {
  deviceNamed,
  deviceNames,
  type Isa,
  type Machine,
  type MachineOptions,
  machine,
  parseMachine,
  readMachineFile,
} from './machine/index.js';
export * as networks from './networks/index.js';
export { ACCURACIES, type Accuracy, ALGORITHMS, type Algorithm } from './plans/conv2d-algorithm.js';
export { type BlockedLayout, type ChannelSlice, sameLayout } from './plans/conv2d-layout.js';
export { CONV2D_PLAN_KEYS, type Conv2dPlan, LAYOUTS, type Layout } from './plans/conv2d-plan.js';
export { GEMM_PLAN_KEYS, type GemmPlan } from './plans/gemm-plan.js';
export type { Plan, Workload } from './plans/plan.js';
export { ORDERS, type Order } from './plans/plan-checks.js';
export { planConv2d } from './plans/plan-conv2d.js';
export { planGemm } from './plans/plan-gemm.js';
export { planRnn } from './plans/plan-rnn.js';
export { RNN_PLAN_KEYS, type RnnPlan } from './plans/rnn-plan.js';
export * as theory from './theory/index.js';
export { type CurvePoint, curveAt } from './theory/miss-curve.js';
export type { Boundary, Cause, Direction, Operand, State, Traffic, TrafficRow } from './theory/rows.js';
export type { MissCurve, Simulation, SimulationPolicy } from './theory/simulation.js';
export type { Assumption } from './traffic/assumptions.js';
export {
  type BudgetCheck,
  type BudgetEntry,
  checkBudget,
  type Limit,
  parseLimits,
  readBudgetFile,
} from './traffic/budget.js';
export { type Comparison, compareTraffic } from './traffic/compare.js';
export type { Distance } from './traffic/distance.js';
export { type TrafficOptions, type TrafficReport, traffic } from './traffic/traffic.js';
export type { Activation } from './workloads/activation.js';
export {
  type Conv2dShape,
  type Conv2dWorkload,
  conv2dMacs,
  conv2dOps,
  conv2dValidMacs,
  conv2dWorkload,
  parseConv2d,
} from './workloads/conv2d.js';
export { type GemmWorkload, gemmOps, gemmWorkload, parseGemm } from './workloads/gemm.js';
export { ELEMENT_TYPES, type ElementType, GEMM_TYPES, type GemmType } from './workloads/gemm-types.js';
export { parseRnn, type RnnWorkload, rnnOps, rnnWorkload } from './workloads/rnn.js';
