import { knownKeys, plainObject } from '../checks.js';
import { addon } from '../native/addon.js';
import type { NativeLayer, NativeLayerOperands } from '../native/layers.js';
import { type LayerPlan, type LayerStrides, type LayerUnits, layerUnits } from '../plans/layer-plan.js';
import { clipRange } from '../workloads/activation.js';
import type { LayerWorkload } from '../workloads/layer.js';
import { finish, pinBuffers, requireFixed } from './calls.js';

/** Blocked arrays; of softmax, rows of plain numbers. */
export interface LayerCall {
  inputs: Float32Array;
  /** Of sums: what is added to the inputs. */
  addend?: Float32Array;
  /** May not share memory with the others. */
  outputs: Float32Array;
}

export interface LayerAsyncCall extends LayerCall {
  signal?: AbortSignal;
}

const CALL_KEYS = ['inputs', 'addend', 'outputs'];

/** Pooling, normalisation, a sum or softmax, of which there is nothing to prepare but the checks. */
export class PreparedLayer {
  readonly workload: LayerWorkload;
  readonly plan: LayerPlan;
  readonly units: LayerUnits;
  readonly #operator: NativeLayer;

  /** Throws TypeError or RangeError for a shape or plan that can't run. */
  constructor(workload: LayerWorkload, plan: LayerPlan, strides: LayerStrides = {}) {
    this.workload = workload;
    this.plan = plan;
    this.units = layerUnits(workload, plan);
    const { kind, batch, channels, rows, columns } = workload;
    const lrn = workload.kind === 'lrn' ? workload : { size: 1, alpha: 0, beta: 0, bias: 1 };
    const none = { activation: 'none', clipLow: 0, clipHigh: 0 } as const;
    this.#operator = addon().layerOperator({
      ...{ kind, ...plan, batch, channels, rows, columns },
      countPadding: 'countPadding' in workload && workload.countPadding,
      ...{ size: lrn.size, alpha: lrn.alpha, beta: lrn.beta, bias: lrn.bias },
      ...clipRange(workload.kind === 'add' ? workload : none),
      inputStride: strides.inputs ?? 0,
      addendStride: strides.addend ?? 0,
      outputStride: strides.outputs ?? 0,
    });
  }

  /** Throws TypeError for a wrong kind, RangeError for a wrong size; then nothing is written. */
  run(call: LayerCall): void {
    addon().layerRun(this.#operator, ...this.#operands(call));
  }

  /** As `run`, on another thread; the arrays must not be written until the promise settles. */
  async runAsync({ signal, ...call }: LayerAsyncCall): Promise<void> {
    await finish(() => {
      const operands = this.#operands(call);
      pinBuffers(operands);
      return addon().layerRunAsync(this.#operator, ...operands);
    }, signal);
  }

  /** @internal The native operator and operands of a call: what counting and timing run. */
  nativeCall(call: LayerCall): [NativeLayer, ...NativeLayerOperands] {
    return [this.#operator, ...this.#operands(call)];
  }

  #operands(call: LayerCall): NativeLayerOperands {
    plainObject('call', call);
    knownKeys('a layer call', call, CALL_KEYS);
    const { inputs, addend, outputs } = call;
    requireFixed('inputs', inputs);
    if (addend !== undefined) requireFixed('addend', addend);
    requireFixed('outputs', outputs);
    return [inputs, addend ?? null, outputs];
  }
}
