import { missingCeiling, opsCeiling } from '../machine/ceilings.js';
import type { Machine, MemoryLevel } from '../machine/types.js';
import { ceilingType } from '../theory/ceiling-type.js';
import { gemmCompulsoryBytes } from '../theory/gemm.js';
import { levelHolding, roofline } from '../theory/roofline.js';
import type { State } from '../theory/rows.js';
import { conv2dName } from '../workloads/conv2d.js';
import { gemmNotation } from '../workloads/gemm.js';
import { ELEMENT_BYTES, elementTypes } from '../workloads/gemm-types.js';
import { rnnName } from '../workloads/rnn.js';
import type { NetworkLayer } from './network.js';
import { compulsoryBytes, layerTotals } from './totals.js';

/** Which of a machine's roofs are meant. */
export interface RoofChoice {
  /**
   * The element type of its arithmetic ceiling, 'f32' or another; its bits are those of the elements that move. A GEMM
   * that names its own types has those, and the ceiling that they run under.
   */
  type: string;
  /** The machine's own name of an instruction set. */
  isa: string;
  threads: number;
  /** `cold`: operands from DRAM. `warm`: from the nearest memory that holds them. */
  state: State;
}

/** A layer under a roofline: what it must do and move, and what that allows. Nothing runs. */
export interface LayerRoof {
  name: string;
  kind: string;
  /** As the command line reads it. */
  shape: string;
  /** 2 per multiply-accumulate, products with padding included. */
  ops: number;
  /** Of the weights, where a GEMM names types of several widths. */
  elementBits: number;
  /** Every element once: weights, biases, inputs and outputs. */
  compulsoryBytes: number;
  opsPerByte: number | null;
  /** The memory that the operands come from. */
  level: MemoryLevel;
  /** The least time and the rate that the roofs allow, and which of them limits: null where a ceiling is missing. */
  roofNanoseconds: number | null;
  roofOpsPerSecond: number | null;
  bound: 'compute' | MemoryLevel | null;
}

/** The type of which a machine file has ceilings: fp32 if it does, else what it has ("i16" on the article's devices). */
export function machineType(machine: Machine): string {
  const types = machine.ceilings.opsPerSecond.map(({ type }) => type);
  return types.includes('f32') ? 'f32' : (types[0] ?? 'f32');
}

/** Bits of an element of a type such as 'f32', 'i16', 'bf16'; 32 where the name tells none. */
export const bitsOf = (type: string): number => Number(/\d+$/.exec(type)?.[0] ?? 32);

export function layerRoof(layer: NetworkLayer, machine: Machine, choice: RoofChoice): LayerRoof {
  const { workload } = layer;
  const ops = 2 * layerTotals(layer).macs;
  const { type, elementBits, bytes } = movedBy(layer, choice);
  const level = choice.state === 'cold' ? 'dram' : levelHolding(machine, bytes);
  const roof = ops === 0 ? null : roofline(machine, { ops, bytes, level, ...choice, type });
  return {
    name: layer.name,
    kind: workload.kind,
    shape: shapeOf(workload),
    ops,
    elementBits,
    compulsoryBytes: bytes,
    opsPerByte: bytes === 0 ? null : ops / bytes,
    level,
    roofNanoseconds: roof === null ? null : (1e9 * ops) / roof.opsPerSecond,
    roofOpsPerSecond: roof?.opsPerSecond ?? null,
    bound: roof?.bound ?? null,
  };
}

/** The element types of a layer, and what must move of them: its own ones, or those of the choice. */
function movedBy(
  layer: NetworkLayer,
  choice: Pick<RoofChoice, 'type'>,
): { type: string; elementBits: number; bytes: number } {
  const { workload, bias } = layer;
  if (workload.kind === 'gemm' && workload.type !== 'f32') {
    const { type } = workload;
    const elementBits = 8 * ELEMENT_BYTES[elementTypes(type).weights];
    return { type, elementBits, bytes: gemmCompulsoryBytes({ ...workload, bias }) };
  }
  const elementBits = bitsOf(choice.type);
  return { type: choice.type, elementBits, bytes: compulsoryBytes(layerTotals(layer), elementBits) };
}

/** Why a machine has no roof for a choice and some of the layers; null where it has. */
export function missingRoof(
  machine: Machine,
  choice: RoofChoice,
  layers: readonly NetworkLayer[] = [],
): string | null {
  if (machine.ceilings.opsPerSecond.length === 0) return 'no ceilings: rooftile machine --calibrate';
  const { isa, threads } = choice;
  const types = [choice.type, ...layers.map((layer) => movedBy(layer, choice).type)];
  const missing = [...new Set(types.map((type) => ceilingType(type, isa)))]
    .filter((type) => opsCeiling(machine, { type, isa, threads }) === null)
    .map((type) => missingCeiling(machine, { type, isa, threads }));
  return missing.length === 0 ? null : missing.join('; ');
}

function shapeOf(workload: NetworkLayer['workload']): string {
  if (workload.kind === 'gemm') return gemmNotation(workload);
  return workload.kind === 'conv2d' ? conv2dName(workload) : rnnName(workload);
}
