import type { Operand } from '../../../theory/rows.js';
import type { ColourName } from '../palette.js';
import type { Shape } from './chart.js';

/** How an operand looks in every chart. */
export const OPERANDS: Record<Operand, { label: string; shape: Shape; colour: ColourName }> = {
  weights: { label: 'weights', shape: 'circle', colour: 's1' },
  packedWeights: { label: 'packed weights', shape: 'circle', colour: 's6' },
  inputs: { label: 'inputs', shape: 'square', colour: 's2' },
  packedInputs: { label: 'packed inputs', shape: 'square', colour: 's5' },
  outputs: { label: 'outputs', shape: 'triangle-up', colour: 's3' },
  state: { label: 'state', shape: 'diamond', colour: 's4' },
  scratch: { label: 'scratch', shape: 'cross', colour: 's7' },
};
export const OPERAND_ORDER = Object.keys(OPERANDS) as Operand[];
