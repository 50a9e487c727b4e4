import { bytesOf } from '../theory/rows.js';
import { type Figure, figure, type Laboratory } from './claim.js';

/** DRAM bytes an operation of the run that was counted last, as its lines went through simulated caches. */
export function simulatedFigures(laboratory: Laboratory, name: string, ops: number): Figure[] {
  const simulated = laboratory.simulated();
  if (simulated === null) return [];
  const bytes = bytesOf(simulated, { boundary: 'dram' });
  return [figure(`${name}: DRAM bytes per op`, 'B/op', 'simulation', bytes / ops)];
}
