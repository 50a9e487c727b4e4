import type { Conv2dWorkload } from '../workloads/conv2d.js';
import type { GemmWorkload } from '../workloads/gemm.js';
import type { RnnWorkload } from '../workloads/rnn.js';
import type { Conv2dPlan } from './conv2d-plan.js';
import type { GemmPlan } from './gemm-plan.js';
import type { RnnPlan } from './rnn-plan.js';

/** Any layer, any plan. Each kind of layer adds its own here. */
export type Workload = GemmWorkload | Conv2dWorkload | RnnWorkload;
export type Plan = GemmPlan | Conv2dPlan | RnnPlan;
