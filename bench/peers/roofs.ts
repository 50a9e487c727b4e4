import { opsCeiling } from '../../src/machine/ceilings.js';
import { type Machine, requestedIsa } from '../../src/machine/index.js';
import { ceilingType } from '../../src/theory/ceiling-type.js';
import { levelHolding, type Roof, roofline } from '../../src/theory/roofline.js';
import type { Layer, State } from './layer.js';
import type { NativeAnswer } from './native.js';
import type { Roofs } from './results.js';

/**
 * The rooflines of a layer: by the stored calibration, and by what the C++ driver measured around the contest, over the
 * contest's own working set. Null where there is no calibration, or no C++ contest.
 */
export function roofsOf(
  layer: Layer,
  terms: { state: State; threads: number },
  machine: Machine,
  answer: NativeAnswer | null,
): Roofs {
  const { ops, bytes, type } = layer;
  const level = terms.state === 'cold' ? 'dram' : levelHolding(machine, bytes);
  const { threads } = terms;
  const isa = requestedIsa();
  return {
    stored: roofline(machine, { ops, bytes, level, type, isa, threads }),
    beside: answer === null ? null : besideRoof(layer, level, answer),
    peakOpsPerSecond:
      answer?.peakOpsPerSecond ?? opsCeiling(machine, { type: ceilingType(type, isa), isa, threads }),
  };
}

function besideRoof({ ops, bytes }: Layer, level: Roof['bound'], answer: NativeAnswer): Roof {
  const { peakOpsPerSecond, bytesPerSecond } = answer;
  const attainable = (bytesPerSecond * ops) / bytes;
  return attainable < peakOpsPerSecond
    ? { opsPerSecond: attainable, bound: level }
    : { opsPerSecond: peakOpsPerSecond, bound: 'compute' };
}
