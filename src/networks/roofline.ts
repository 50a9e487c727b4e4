import { opsCeiling } from '../machine/ceilings.js';
import type { Machine, MemoryLevel } from '../machine/types.js';
import { levelHolding, roofline } from '../theory/roofline.js';
import type { State } from '../theory/rows.js';
import { conv2dName } from '../workloads/conv2d.js';
import { gemmName } from '../workloads/gemm.js';
import { rnnName } from '../workloads/rnn.js';
import type { NetworkLayer } from './network.js';
import { compulsoryBytes, layerTotals } from './totals.js';

/** Which of a machine's roofs are meant. */
export interface RoofChoice {
  /** The element type of its arithmetic ceiling, 'f32' or another; its bits are those of the elements that move. */
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
export function ceilingType(machine: Machine): string {
  const types = machine.ceilings.opsPerSecond.map(({ type }) => type);
  return types.includes('f32') ? 'f32' : (types[0] ?? 'f32');
}

/** Bits of an element of a type such as 'f32', 'i16', 'bf16'; 32 where the name tells none. */
export const bitsOf = (type: string): number => Number(/\d+$/.exec(type)?.[0] ?? 32);

export function layerRoof(layer: NetworkLayer, machine: Machine, choice: RoofChoice): LayerRoof {
  const { workload } = layer;
  const totals = layerTotals(layer);
  const ops = 2 * totals.macs;
  const elementBits = bitsOf(choice.type);
  const bytes = compulsoryBytes(totals, elementBits);
  const level = choice.state === 'cold' ? 'dram' : levelHolding(machine, bytes);
  const roof = ops === 0 ? null : roofline(machine, { ops, bytes, level, ...choice });
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

/** Why a machine has no roof for a choice; null where it has. */
export function missingRoof(machine: Machine, { type, isa, threads }: RoofChoice): string | null {
  if (machine.ceilings.opsPerSecond.length === 0) return 'no ceilings: rooftile machine --calibrate';
  if (opsCeiling(machine, { type, isa, threads }) !== null) return null;
  const known = [...new Set(machine.ceilings.opsPerSecond.map((c) => c.threads))].join(' and ');
  return `no ceiling of ${isa} ${type} on ${threads} thread${threads === 1 ? '' : 's'}: there are those of ${known}`;
}

function shapeOf(workload: NetworkLayer['workload']): string {
  if (workload.kind === 'gemm') return gemmName(workload);
  return workload.kind === 'conv2d' ? conv2dName(workload) : rnnName(workload);
}
