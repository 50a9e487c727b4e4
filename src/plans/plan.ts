import type { GemmWorkload } from '../workloads/gemm.js';
import type { GemmPlan } from './gemm-plan.js';

/** Any layer, any plan. Each kind of layer adds its own here. */
export type Workload = GemmWorkload;
export type Plan = GemmPlan;
