import { oneOf, shown } from '../checks.js';

/** What is done to each output as it is stored. `clip`: to [clipLow, clipHigh]. */
export const ACTIVATIONS = ['none', 'relu', 'clip'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

export interface Clipping {
  activation: Activation;
  /** Of activation 'clip'; otherwise 0. */
  clipLow: number;
  clipHigh: number;
}

/** A checked copy. Throws TypeError or RangeError. */
export function clipping(given: Partial<Clipping>): Clipping {
  const { clipLow, clipHigh } = given;
  const activation = oneOf('activation', given.activation ?? 'none', ACTIVATIONS);
  if (activation !== 'clip') {
    for (const [name, value] of Object.entries({ clipLow, clipHigh })) {
      if ((value ?? 0) !== 0) {
        throw new RangeError(`${name} = ${shown(value)} is for activation 'clip', not '${activation}'`);
      }
    }
    return { activation, clipLow: 0, clipHigh: 0 };
  }
  for (const [name, value] of Object.entries({ clipLow, clipHigh })) {
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${shown(value)}`);
    if (Number.isNaN(value)) throw new RangeError(`${name} must be a number, not NaN`);
  }
  const [low, high] = [clipLow as number, clipHigh as number];
  if (low > high) throw new RangeError(`clipLow = ${low} is above clipHigh = ${high}`);
  return { activation, clipLow: low, clipHigh: high };
}

/** The range that an activation clips to. */
export function clipRange({ activation, clipLow, clipHigh }: Clipping): { low: number; high: number } {
  switch (activation) {
    case 'none':
      return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    case 'relu':
      return { low: 0, high: Number.POSITIVE_INFINITY };
    case 'clip':
      return { low: clipLow, high: clipHigh };
  }
}
