import type { NativeAnswer, NativeRequest, NativeSide } from './native.js';
import type { OwnSide } from './own-sides.js';
import type { TimedSide } from './results.js';

/** The C++ driver's sides as competitors. */
export function nativeSides(answer: NativeAnswer, request: NativeRequest): TimedSide[] {
  return answer.sides.map((side) => {
    const { peer, name, version, category, difference, nanoseconds } = side;
    const own = ownSideOf(side, request);
    return {
      name: own ? name : `${peer} ${name}`,
      peer: own === undefined,
      category,
      ...(own?.against && { against: own.against }),
      caller: 'C++',
      version: version || null,
      kernel: own?.kernel ?? side.kernel,
      difference,
      nanoseconds,
    };
  });
}

function ownSideOf({ peer, name, category }: NativeSide, { own }: NativeRequest): OwnSide | undefined {
  if (peer !== 'rooftile') return undefined;
  return own.find((side) => side.name === name && side.category === category);
}
