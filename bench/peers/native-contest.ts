import { describePlan } from './gemm.js';
import type { NativeAnswer, NativeRequest, NativeSide } from './native.js';
import type { TimedSide } from './results.js';

/** The C++ driver's sides as competitors. */
export function nativeSides(answer: NativeAnswer, request: NativeRequest): TimedSide[] {
  return answer.sides.map((side) => ({
    name: side.peer === 'rooftile' ? 'rooftile' : `${side.peer} ${side.name}`,
    peer: side.peer !== 'rooftile',
    weights: side.prepared ? 'prepared' : 'unprepared',
    caller: 'C++',
    version: side.version || null,
    kernel: kernelOf(side, request),
    nanoseconds: side.nanoseconds,
  }));
}

function kernelOf({ peer, kernel, prepared }: NativeSide, request: NativeRequest): string {
  const plan = prepared ? request.preparedPlan : request.unpreparedPlan;
  return peer === 'rooftile' && plan !== null ? describePlan(plan) : kernel;
}
