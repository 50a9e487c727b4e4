import type { Assumption } from '../traffic/assumptions.js';
import type { Distance } from '../traffic/distance.js';
import { heldText } from './residency.js';
import { bytes, movedBytes, percent } from './units.js';

/** What a plan takes a cache to keep, and what the simulation says of it, as a sentence. */
export function assumptionSentence(assumption: Assumption): string {
  const { cache, loop, phase, holdsBytes, capacityBytes, assumedBytes, simulatedBytes } = assumption;
  const off = assumedBytes === 0 ? null : simulatedBytes / assumedBytes - 1;
  const what = `${heldText(loop)}${phase === undefined ? '' : ` (${phase})`}`;
  const moved = `${movedBytes(simulatedBytes)} simulated, ${movedBytes(assumedBytes)} assumed${off === null ? '' : `: ${signed(off)}`}`;
  if (assumption.simulated) {
    if (loop === 'none') return `${cache} keeps ${what}: ${moved}`;
    const size = `${bytes(holdsBytes)} of ${bytes(capacityBytes)}`;
    return `${cache} keeps ${what} (${size})${assumption.predicted ? '' : ', against the prediction'}: ${moved}`;
  }
  const why = assumption.predicted
    ? `should fit ${cache} (${bytes(holdsBytes)} of ${bytes(capacityBytes)}), but doesn't stay`
    : `${bytes(holdsBytes)}, doesn't fit ${cache} (${bytes(capacityBytes)}), as predicted`;
  return `${what}, ${why}: ${paying(assumption)}; ${moved}`;
}

function paying({ pays, conflictBytes }: Assumption): string {
  const conflicts =
    conflictBytes === 0 ? '' : `, ${movedBytes(conflictBytes)} of it conflicts: too many lines share a set`;
  if (pays === null) return `more bytes cross${conflicts}`;
  return pays.times === null
    ? `${pays.operand} cross though none should${conflicts}`
    : `${pays.operand} cross ${pays.times.toFixed(1)}× in place of once${conflicts}`;
}

function signed(share: number): string {
  return `${share > 0 ? '+' : ''}${percent(share)}`;
}

/** How far a run is from the bounds, and which loop pays for it. */
export function distanceSentence(distance: Distance): string {
  const { source, dramBytes, overCompulsory, overLowerBound, pays } = distance;
  const ratios = [
    overCompulsory === null ? null : `${overCompulsory.toFixed(2)}× compulsory`,
    overLowerBound === null ? null : `${overLowerBound.toFixed(2)}× the lower bound`,
  ].filter(Boolean);
  const bound = ratios.length === 0 ? '' : `, ${ratios.join(', ')}`;
  const cost =
    pays === null
      ? dramBytes === 0
        ? ''
        : '; no loop fetches anything again for want of cache'
      : `; the ${pays.loop} loop pays most: a last cache of ${bytes(pays.needsBytes)} that held one iteration of it would save ${movedBytes(pays.savesBytes)}, mostly ${pays.operand}`;
  return `DRAM by ${source}: ${movedBytes(dramBytes)}${bound}${cost}`;
}
