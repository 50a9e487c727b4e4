import {
  AUTHORS_TABLE,
  type FigureName,
  type GivenFigure,
  parseClaim,
  type Reading,
  shownChannels,
  solveClaim,
} from '../claims/index.js';
import {
  type Conv2dWorkload,
  conv2dMacs,
  conv2dValidMacs,
  nchwElements,
  outputHeight,
  outputWidth,
  parseConv2d,
} from '../workloads/conv2d.js';
import {
  articleFigure as article,
  type Claim,
  type ClaimResult,
  type Figure,
  type Laboratory,
  theoryFigure as theory,
} from './claim.js';
import { countedFigure, countOperands } from './counting.js';

/** The layer as the article describes it, and AlexNet's third convolution as it is. */
export const CLAIMED = parseConv2d('mb1ic192ih13oc192oh13kh3ph1');
export const ALEXNET_3 = parseConv2d('mb1ic192ih13oc384oh13kh3ph1');

/** The article's sentence, as the claim solver reads it. */
export const ARTICLE_CLAIM = 'conv 192->192 3x3 13x13, 4 MB weights, 0.1 MB input, 3.2 GB/s, 128 Gop/s, 99 %';

const GIVEN = parseClaim(ARTICLE_CLAIM);
/** The authors' table of their device, AlexNet's third convolution. */
const TABLE = AUTHORS_TABLE[2];
/** The device's elements are 16 bit wide. */
const DEVICE_BYTES = 2;
const WIDTHS = [1, 2, 4] as const;

const weightsOf = (w: Conv2dWorkload) => nchwElements(w).weights;
const inputsOf = (w: Conv2dWorkload) => nchwElements(w).inputs;
/** With the zeros that the padding adds stored too. */
const borderedInputsOf = (w: Conv2dWorkload) =>
  w.channels * (w.padTop + w.height + w.padBottom) * (w.padLeft + w.width + w.padRight);
const outputsOf = (w: Conv2dWorkload) => nchwElements(w).outputs;

/** A figure of the article, in base units. */
const said = (name: FigureName) => GIVEN.figures[name] as GivenFigure;
/** Its device: operations a second, 2 a multiply-accumulate. */
const RATE = said('opsPerSecond').value;

/** The value rounds to the printed figure, or is within a percent of it. */
function fits(value: number, name: FigureName): boolean {
  const { value: printed, tolerance } = said(name);
  return Math.abs(value / printed - 1) <= tolerance * (1 + 1e-9);
}

/** "192→384" */
const channelsOf = (w: Conv2dWorkload) => `${w.channels}→${w.filters}`;

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(3)} MB`;
const giga = (bytesPerSecond: number) => `${(bytesPerSecond / 1e9).toFixed(2)} GB/s`;
/** `${bits} bit`, joined with "or". */
const bits = (widths: readonly number[]) => widths.map((width) => 8 * width).join(' or ');

/** What `verdict` the widths give at which a claimed value comes out. */
function verdictOf(at: readonly number[], widths: readonly number[]): ClaimResult['verdict'] {
  return at.length === widths.length ? 'holds' : at.length > 0 ? 'holds-if' : 'does-not-hold';
}

/** The best reading of the article's sentence that explains the bytes of its weights. */
export function weightReading(): Reading | undefined {
  return solveClaim(GIVEN).readings.find(({ explains }) => explains.includes('weightBytes'));
}

/** What can be said of the weights without a run. */
export function weightFigures(): Pick<ClaimResult, 'verdict' | 'condition' | 'figures'> {
  const at = WIDTHS.filter((width) => fits(width * weightsOf(CLAIMED), 'weightBytes'));
  const reading = weightReading();
  const figures: Figure[] = [
    article(`${channelsOf(CLAIMED)}: weights`, 'MB', said('weightBytes').value / 1e6),
  ];
  for (const layer of [CLAIMED, ALEXNET_3]) {
    const name = channelsOf(layer);
    figures.push(theory(`${name}: number of weights`, 'weights', weightsOf(layer)));
    for (const width of WIDTHS) {
      figures.push(theory(`${name}: weights, ${8 * width}-bit`, 'MB', (width * weightsOf(layer)) / 1e6));
    }
  }
  const explained = reading?.predictions.weightBytes?.predicted;
  if (reading !== undefined && explained !== undefined) {
    const { variant, elementBits, passes } = reading.assumptions;
    figures.push(theory(`${passes} passes over ${variant}, ${elementBits}-bit`, 'MB', explained / 1e6));
  }
  return {
    verdict: verdictOf(at, WIDTHS),
    condition: `${mega(2 * weightsOf(CLAIMED))} at 16 bit, ${mega(4 * weightsOf(CLAIMED))} at 32${
      reading === undefined || explained === undefined
        ? ''
        : `; ${said('weightBytes').text.replace(' weights', '')} is the traffic of ${reading.assumptions.passes} ${reading.assumptions.elementBits}-bit passes over ${mega(explained / reading.assumptions.passes)}, the weights of ${reading.assumptions.variant} (${shownChannels(reading.assumptions.layer)}): ${mega(explained)}`
    }`,
    figures,
  };
}

export function inputFigures(): Pick<ClaimResult, 'verdict' | 'condition' | 'figures'> {
  const at = WIDTHS.filter((width) => fits(width * inputsOf(CLAIMED), 'inputBytes'));
  return {
    verdict: verdictOf(at, WIDTHS),
    condition: `${bits(at)}-bit elements, and to one digit only: ${mega(2 * inputsOf(CLAIMED))} at 16 bit (${mega(2 * borderedInputsOf(CLAIMED))} with its zeros), ${mega(4 * inputsOf(CLAIMED))} at 32`,
    figures: [
      article('input', 'MB', said('inputBytes').value / 1e6),
      ...WIDTHS.flatMap((width) => [
        theory(`input, ${8 * width}-bit`, 'MB', (width * inputsOf(CLAIMED)) / 1e6),
        theory(`input with its zeros, ${8 * width}-bit`, 'MB', (width * borderedInputsOf(CLAIMED)) / 1e6),
      ]),
    ],
  };
}

export interface Draw {
  name: string;
  bytes: number;
  seconds: number;
  bytesPerSecond: number;
}

/** What bandwidth the layer draws on the article's device, under the ways to have it from the article's own figures. */
export function draws(): Draw[] {
  const passes = weightReading()?.assumptions.passes ?? 1;
  const traffic = passes * DEVICE_BYTES * weightsOf(ALEXNET_3);
  const maps = DEVICE_BYTES * (inputsOf(ALEXNET_3) + outputsOf(ALEXNET_3));
  const one = DEVICE_BYTES * weightsOf(CLAIMED);
  const valid = (2 * conv2dValidMacs(CLAIMED)) / RATE / said('efficiency').value;
  const fp32 = 4 * (weightsOf(CLAIMED) + inputsOf(CLAIMED));
  const [layer, other] = [channelsOf(CLAIMED), channelsOf(ALEXNET_3)];
  const ways: [string, number, number][] = [
    [`${other}, 16-bit, ${passes} passes, time of the table`, traffic, TABLE.seconds],
    [`${other}, 16-bit, ${passes} passes, with its maps`, traffic + maps, TABLE.seconds],
    [`${layer}, 16-bit, one pass, valid operations`, one, valid],
    [`${layer}, 32-bit, one pass with its input, a MAC 1 operation`, fp32, conv2dMacs(CLAIMED) / RATE],
  ];
  return ways.map(([name, bytes, seconds]) => ({ name, bytes, seconds, bytesPerSecond: bytes / seconds }));
}

export function bandwidthFigures(): Pick<ClaimResult, 'verdict' | 'condition' | 'figures'> {
  const found = draws();
  const right = found.filter(({ bytesPerSecond }) => fits(bytesPerSecond, 'bytesPerSecond'));
  const near = found.reduce((best, draw) => {
    const miss = ({ bytesPerSecond }: Draw) => Math.abs(bytesPerSecond / said('bytesPerSecond').value - 1);
    return miss(draw) < miss(best) ? draw : best;
  });
  const [own, withMaps, one] = found as [Draw, Draw, Draw, Draw];
  return {
    verdict: right.length === found.length ? 'holds' : right.length > 0 ? 'holds-if' : 'does-not-hold',
    condition:
      right.length > 0
        ? right.map(({ name }) => name).join('; ')
        : `${giga(own.bytesPerSecond)}: ${mega(own.bytes)} in ${(1e3 * own.seconds).toFixed(2)} ms (${giga(withMaps.bytesPerSecond)} with its maps); ${channelsOf(CLAIMED)} in one pass at 16 bit ${giga(one.bytesPerSecond)}; nearest, ${near.name}: ${giga(near.bytesPerSecond)}`,
    figures: [
      article('bandwidth', 'GB/s', said('bytesPerSecond').value / 1e9),
      ...found.flatMap(({ name, bytes, seconds, bytesPerSecond }) => [
        theory(`${name}: moved`, 'MB', bytes / 1e6),
        theory(`${name}: time`, 'ms', 1e3 * seconds),
        theory(`${name}: bandwidth`, 'GB/s', bytesPerSecond / 1e9),
      ]),
    ],
  };
}

export function efficiencyFigures(): Pick<ClaimResult, 'verdict' | 'condition' | 'figures'> {
  const attained = (macs: number) => (2 * macs) / RATE / TABLE.seconds;
  const valid = attained(conv2dValidMacs(ALEXNET_3));
  const padded = attained(conv2dMacs(ALEXNET_3));
  const holds = fits(valid, 'efficiency');
  const milliseconds = (1e3 * 2 * conv2dValidMacs(ALEXNET_3)) / RATE;
  return {
    verdict: holds ? 'holds' : 'does-not-hold',
    condition: `${milliseconds.toFixed(3)} ms of the table's ${(1e3 * TABLE.seconds).toFixed(2)} ms are ${(100 * valid).toFixed(1)} %, for ${channelsOf(ALEXNET_3)} and without products with padding (with them it would be ${(100 * padded).toFixed(0)} %)`,
    figures: [
      article('efficiency', '%', 100 * said('efficiency').value),
      article("efficiency, the authors' table", '%', 100 * TABLE.efficiency),
      theory('efficiency', '%', 100 * valid),
      theory('efficiency with products with padding', '%', 100 * padded),
      article('operations', 'M-ops', TABLE.ops / 1e6),
      theory('operations', 'M-ops', (2 * conv2dValidMacs(ALEXNET_3)) / 1e6),
      article('time', 'ms', 1e3 * TABLE.seconds),
      theory('time', 'ms', milliseconds),
    ],
  };
}

/** The commentary's own numbers. */
export const COMMENTARY = { perMap: 1521, maps: 192, ops: 291_840, milliseconds: 0.00228 };

export function opsFigures(): Pick<ClaimResult, 'verdict' | 'condition' | 'figures'> {
  const macs = conv2dMacs(CLAIMED);
  const milliseconds = (1e3 * 2 * macs) / RATE;
  const product = COMMENTARY.perMap * COMMENTARY.maps;
  const rounded = Math.abs((RATE * COMMENTARY.milliseconds) / 1e3 / COMMENTARY.ops - 1) < 1e-9;
  const perMap = outputHeight(CLAIMED) * outputWidth(CLAIMED) * CLAIMED.filterHeight * CLAIMED.filterWidth;
  const thousands = (value: number) => value.toLocaleString('en-US');
  return {
    verdict: 2 * macs === COMMENTARY.ops ? 'holds' : 'does-not-hold',
    condition: `${thousands(2 * macs)} operations, ${milliseconds.toFixed(3)} ms: it forgets the ${CLAIMED.channels} input maps and the 2 operations of a MAC, and ${thousands(COMMENTARY.perMap)}·${COMMENTARY.maps} is ${thousands(product)}${
      rounded ? ` (${thousands(COMMENTARY.ops)} is the rate × the rounded time)` : ''
    }`,
    figures: [
      article('operations per map', 'ops', COMMENTARY.perMap),
      theory('operations per map', 'ops', perMap),
      article('operations', 'ops', COMMENTARY.ops),
      theory('operations', 'ops', 2 * macs),
      theory(`${thousands(COMMENTARY.perMap)}·${COMMENTARY.maps}`, 'ops', product),
      theory('MACs', 'MACs', macs),
      article('time at 128 G-ops/s', 'ms', COMMENTARY.milliseconds),
      theory('time at 128 G-ops/s', 'ms', milliseconds),
    ],
  };
}

export const convWeights: Claim = {
  id: 'conv-weights',
  claim: 'A convolution 192→192, 3×3, of 13×13 maps ("AlexNet layer 3") has about 4 MB of weights',
  async test(laboratory: Laboratory) {
    const result = weightFigures();
    for (const workload of [CLAIMED, ALEXNET_3]) {
      const { weights } = await countOperands(laboratory, workload);
      result.figures.push(countedFigure(`${channelsOf(workload)}: weights, 32-bit`, weights));
    }
    return result;
  },
};

export const convInput: Claim = {
  id: 'conv-input',
  claim: 'It has about 0.1 MB of input',
  async test(laboratory: Laboratory) {
    const result = inputFigures();
    const { inputs } = await countOperands(laboratory, CLAIMED);
    result.figures.push(countedFigure('input with zeros beside its rows, 32-bit', inputs));
    return result;
  },
};

export const convBandwidth: Claim = {
  id: 'conv-bandwidth',
  claim: 'It needs 3.2 GB/s on a device of 128 G-ops/s',
  test: async () => bandwidthFigures(),
};

export const convEfficiency: Claim = {
  id: 'conv-efficiency',
  claim: 'The device runs it at about 99 % of its rate',
  test: async () => efficiencyFigures(),
};

export const convOps: Claim = {
  id: 'conv-ops',
  claim: 'Commentary: 169·9 = 1,521 operations a map, ×192 = 291,840, in 0.00228 ms',
  test: async () => opsFigures(),
};
