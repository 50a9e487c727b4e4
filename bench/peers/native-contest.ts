import type { NativeAnswer, NativeRequest, NativeSide } from './native.js';
import type { TimedSide } from './results.js';

/** The C++ driver's sides as competitors. */
export function nativeSides(answer: NativeAnswer, request: NativeRequest): TimedSide[] {
  return answer.sides.map((side) => ({
    name: side.peer === 'rooftile' ? side.name : `${side.peer} ${side.name}`,
    peer: side.peer !== 'rooftile',
    category: side.category,
    caller: 'C++',
    version: side.version || null,
    kernel: kernelOf(side, request),
    difference: side.difference,
    nanoseconds: side.nanoseconds,
  }));
}

/** Ours as the plan says. */
function kernelOf({ peer, name, category, kernel }: NativeSide, { own }: NativeRequest): string {
  if (peer !== 'rooftile') return kernel;
  return own.find((side) => side.name === name && side.category === category)?.kernel ?? kernel;
}
