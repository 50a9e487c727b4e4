export type { Contradiction } from './contradictions.js';
export { FIGURES, type FigureName, type GivenFigure } from './figures.js';
export type { ClaimGiven, ClaimInput } from './given.js';
export { AUTHORS_TABLE } from './known-layers.js';
export type { ClaimLayer } from './layers.js';
export { CLAIM_GRAMMAR, parseClaim } from './parse.js';
export type { Assumptions, Prediction, Reading } from './readings.js';
export { FIGURE_LABELS, shownChannels, shownFigure, shownGiven, shownLayer } from './shown.js';
export { type ClaimSolution, type SolveOptions, solveClaim } from './solve.js';
