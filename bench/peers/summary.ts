import { table } from '../../src/report/table.js';
import { CATEGORIES, type ContestResult, type PeerRatio } from './results.js';

/** Over all layers: the times of the best peer of each ÷ those of one side of ours, or of the fastest of several. */
export interface Summary extends Pick<PeerRatio, 'side' | 'category' | 'caller'> {
  layers: number;
  /** Of the ratios of the shortest times, and of the medians. */
  geometricMean: number;
  geometricMeanOfMedians: number;
  worst: number;
  /** The layer of it. */
  worstLayer: string;
}

type Ratio = PeerRatio & { layer: string };

const FASTEST = 'the fastest of ours';

export function summarise(results: readonly ContestResult[]): Summary[] {
  const each = results.flatMap(({ name, toBest }) => toBest.map((ratio) => ({ ...ratio, layer: name })));
  const ratios = [...each, ...fastest(each)];
  const keyOf = ({ side, category, caller }: PeerRatio) =>
    [CATEGORIES.indexOf(category), caller, side].join('|');
  return [...new Set(ratios.map(keyOf))]
    .sort()
    .map((key) => summaryOf(ratios.filter((ratio) => keyOf(ratio) === key)));
}

/** Of each layer the side of ours with the largest ratio, where a category has several. */
function fastest(ratios: readonly Ratio[]): Ratio[] {
  const contestOf = ({ category, caller }: Ratio) => `${category}|${caller}`;
  const contests = [...new Set(ratios.map(contestOf))].filter(
    (key) => new Set(ratios.filter((ratio) => contestOf(ratio) === key).map(({ side }) => side)).size > 1,
  );
  return contests.flatMap((key) => {
    const ours = ratios.filter((ratio) => contestOf(ratio) === key);
    return [...new Set(ours.map(({ layer }) => layer))].map((layer) => {
      const ofLayer = ours.filter((ratio) => ratio.layer === layer);
      const [best] = ofLayer.sort((a, b) => b.best - a.best) as [Ratio];
      return { ...best, side: FASTEST };
    });
  });
}

function summaryOf(ratios: readonly Ratio[]): Summary {
  const [worst] = [...ratios].sort((a, b) => a.best - b.best) as [Ratio];
  const { side, category, caller } = worst;
  return {
    ...{ side, category, caller, layers: ratios.length },
    geometricMean: geometricMean(ratios.map(({ best }) => best)),
    geometricMeanOfMedians: geometricMean(ratios.map(({ median }) => median)),
    worst: worst.best,
    worstLayer: worst.layer,
  };
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** A row a side of ours and category. */
export function describeSummaries(summaries: readonly Summary[]): string {
  const figure = (value: number) => `${value.toFixed(2)}×`;
  return table(
    ['all layers', 'by', 'called from', 'layers', 'mean of best', 'mean of medians', 'worst, best', 'at'],
    summaries.map((one) => [
      ...[one.category, one.side, one.caller, `${one.layers}`],
      ...[one.geometricMean, one.geometricMeanOfMedians, one.worst].map(figure),
      one.worstLayer,
    ]),
    { align: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'] },
  );
}
