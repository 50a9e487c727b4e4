import { type Contradiction, contradictionsOf } from './contradictions.js';
import { FIGURES, type FigureName } from './figures.js';
import { type ClaimGiven, type ClaimInput, checkGiven } from './given.js';
import { type Reading, readingsOf } from './readings.js';

export interface ClaimSolution {
  schemaVersion: 1;
  given: ClaimGiven;
  /** Best first: by the number of figures explained, then by error in whole percents, then by departures. */
  readings: Reading[];
  /** For each figure the readings that come nearest for their simplicity, up to the first that explains it. Indices of `readings`. */
  nearest: Partial<Record<FigureName, number[]>>;
  contradictions: Contradiction[];
  counts: { enumerated: number; distinct: number };
}

export interface SolveOptions {
  /** Keep the readings that explain nothing and are nearest to nothing. */
  all?: boolean;
}

/**
 * Searches the readings of a claim and ranks them by the given figures that they explain. Throws TypeError or RangeError
 * for sizes and figures that can't be, and where the layer says too little to predict any figure.
 */
export function solveClaim(claim: ClaimInput, options: SolveOptions = {}): ClaimSolution {
  const given = checkGiven(claim);
  let enumerated = 0;
  const distinct = new Map<string, Reading>();
  for (const reading of readingsOf(given)) {
    ++enumerated;
    const key = meaningOf(reading);
    const other = distinct.get(key);
    if (other === undefined || reading.departures.length < other.departures.length)
      distinct.set(key, reading);
  }
  const ranked = [...distinct.values()].sort(compareReadings);
  if (ranked.every(({ predictions }) => Object.keys(predictions).length === 0)) {
    throw new RangeError(
      `nothing can be predicted of ${Object.keys(given.figures).join(', ')}: say more of the ${given.layer.kind} layer, its channels, filter and map, or a rate or time`,
    );
  }
  const near = nearestOf(ranked);
  const kept = options.all
    ? ranked
    : ranked.filter(
        (reading) => reading.explains.length > 0 || Object.values(near).some((set) => set.includes(reading)),
      );
  const nearest: ClaimSolution['nearest'] = {};
  for (const [name, set] of Object.entries(near)) {
    nearest[name as FigureName] = set.map((reading) => kept.indexOf(reading));
  }
  return {
    schemaVersion: 1,
    given,
    readings: kept,
    nearest,
    contradictions: contradictionsOf(given, ranked),
    counts: { enumerated, distinct: distinct.size },
  };
}

/** Readings that say the same of the same layer are one: of a single pass, whether maps move once or in every pass. */
function meaningOf({ assumptions, predictions }: Reading): string {
  const { variant, elementBits, passes, recurrentPasses } = assumptions;
  const values = Object.values(predictions).map(({ given, predicted }) => [
    given.toPrecision(9),
    predicted.toPrecision(9),
  ]);
  return JSON.stringify([variant, elementBits, passes, recurrentPasses, values]);
}

/** Below a percent no figure is known well enough for a smaller error to mean more. */
const percents = (error: number) => Math.round(100 * error);

function compareReadings(a: Reading, b: Reading): number {
  return (
    b.explains.length - a.explains.length ||
    percents(a.error) - percents(b.error) ||
    a.departures.length - b.departures.length ||
    a.error - b.error
  );
}

/** Readings of which none with as few departures comes nearer to the figure, simplest first. */
function nearestOf(readings: readonly Reading[]): Partial<Record<FigureName, Reading[]>> {
  const found: Partial<Record<FigureName, Reading[]>> = {};
  for (const name of FIGURES) {
    const candidates = readings.filter(({ predictions }) => predictions[name] !== undefined);
    if (candidates.length === 0) continue;
    const miss = (reading: Reading) => Math.abs(reading.predictions[name]?.relativeError as number);
    const front: Reading[] = [];
    let best = Number.POSITIVE_INFINITY;
    const most = Math.max(...candidates.map(({ departures }) => departures.length));
    const explained = () => front.some(({ explains }) => explains.includes(name));
    for (let departures = 0; departures <= most && !explained(); ++departures) {
      const level = candidates.filter((reading) => reading.departures.length === departures);
      const least = Math.min(...level.map(miss));
      if (least >= best * 0.999) continue;
      best = least;
      const seen = new Set<string>(); // what differs in a width that this figure doesn't show is one
      for (const reading of level) {
        const key = `${reading.departures} ${reading.predictions[name]?.predicted}`;
        if (miss(reading) <= least + 1e-6 && !seen.has(key) && seen.add(key)) front.push(reading);
      }
    }
    found[name] = front;
  }
  return found;
}
