import { knownKeys, plainObject } from '../checks.js';
import { checkFigures, type FigureName, type GivenFigure } from './figures.js';
import { type ClaimLayer, checkLayer } from './layers.js';

export const ELEMENT_BITS = [8, 16, 32] as const;
export type ElementBits = (typeof ELEMENT_BITS)[number];

/** A claim: a layer, and figures that are said of it. */
export interface ClaimGiven {
  layer: ClaimLayer;
  /** Absent: every width is tried. */
  elementBits?: ElementBits;
  figures: Partial<Record<FigureName, GivenFigure>>;
}

/** As ClaimGiven; a figure may be a plain number in base units, exact to the digits that it needs. */
export interface ClaimInput {
  layer: ClaimLayer;
  elementBits?: ElementBits;
  figures: Partial<Record<FigureName, number | GivenFigure>>;
}

/** A checked copy. Throws TypeError or RangeError that names the key. */
export function checkGiven(given: ClaimInput): ClaimGiven {
  plainObject('a claim', given);
  knownKeys('a claim', given, ['layer', 'elementBits', 'figures']);
  const { elementBits } = given;
  if (elementBits !== undefined && !ELEMENT_BITS.includes(elementBits)) {
    throw new RangeError(`elementBits must be one of ${ELEMENT_BITS.join(', ')}, not ${elementBits}`);
  }
  const figures = checkFigures(given.figures);
  if (Object.keys(figures).length === 0) throw new RangeError('a claim needs a figure to explain');
  return {
    layer: checkLayer(given.layer),
    ...(elementBits === undefined ? {} : { elementBits }),
    figures,
  };
}
