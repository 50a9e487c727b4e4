import { bandwidthCeiling, opsCeiling } from '../machine/ceilings.js';
import type { GemmPlan } from '../plans/gemm-plan.js';
import { ceilingType } from '../theory/ceiling-type.js';
import { gemmCompulsoryBytes } from '../theory/gemm.js';
import { bytesOf, type Operand, type Traffic } from '../theory/rows.js';
import { gemmOps } from '../workloads/gemm.js';
import { type Claim, type Figure, figure, type Laboratory, type Verdict } from './claim.js';
import { simulatedFigures } from './simulated.js';
import { linearLayer, paddingBytes, WIDTHS, type Width } from './widths.js';

/** The article's device: 128 G-ops/s, 2 operations a MAC. */
const ARTICLE_OPS = 128e9;

interface Size {
  name: string;
  outputs: number;
  inputs: number;
}

const SQUARE: Size = { name: '4096×4096 (AlexNet fc7)', outputs: 4096, inputs: 4096 };
const LARGEST: Size = { name: 'AlexNet fc6', outputs: 4096, inputs: 9216 };
const SIZES: readonly Size[] = [
  { name: '400×400', outputs: 400, inputs: 400 },
  SQUARE,
  LARGEST,
  { name: 'AlexNet fc8', outputs: 1000, inputs: 4096 },
];

/** Every layer on one vector at every width. */
const LAYERS = SIZES.flatMap((size) =>
  WIDTHS.map((width) => ({
    ...{ size, width, name: `${size.name}, ${width.bits}-bit` },
    workload: linearLayer(width, size.outputs, size.inputs),
  })),
);

/** Quickly, the largest is run in fp32 only. */
const layersOf = ({ quick }: Laboratory) =>
  LAYERS.filter(({ size, width }) => !quick || size !== LARGEST || width.type === 'f32');

/** s(M + M²) for a square layer; for any other, inputs and weights. */
const articleBytes = ({ outputs, inputs }: Size, width: Width) => width.bytes * (inputs + inputs * outputs);

/** What DRAM gives and takes, without the fetch of output lines that a write-allocating cache adds. */
function withoutAllocation(traffic: Traffic, operand?: Operand): number {
  return traffic.rows
    .filter((row) => row.boundary === 'dram' && row.cause !== 'writeAllocate')
    .filter((row) => operand === undefined || row.operand === operand)
    .reduce((bytes, row) => bytes + row.bytes, 0);
}

/** The same of the run's lines, which went through simulated caches. */
function simulatedMoved(laboratory: Laboratory, name: string): Figure[] {
  const simulated = laboratory.simulated();
  return simulated === null
    ? []
    : [figure(`${name}: moved`, 'B', 'simulation', withoutAllocation(simulated))];
}

export const linearBytes: Claim = {
  id: 'linear-bytes',
  claim: 'One M×M layer on one vector of b bits moves b(M + M²) ≈ bM²',
  async test(laboratory) {
    const figures: Figure[] = [];
    let exact = true; // the claimed bytes are the counted ones
    let approximates = true; // bM² is short by no more than 2/M, which is s(M² + 2M)
    let padded = { name: '', share: 0 }; // where packing adds most
    for (const { name, size, width, workload } of layersOf(laboratory)) {
      // Weights as they are, where there are kernels that read them so: packing pads them to whole panels of columns.
      const asTheyAre = width.type === 'f32' ? { packWeights: false, prepared: false } : {};
      const plan = laboratory.plan(workload, asTheyAre) as GemmPlan;
      const counted = await laboratory.count(workload, plan, 'cold');
      const bytes = withoutAllocation(counted);
      const claimed = articleBytes(size, width);
      const approximate = width.bytes * size.outputs * size.inputs;
      const compulsory = gemmCompulsoryBytes(workload);
      const padding = paddingBytes(workload, plan);
      const share = padding / approximate;
      if (share > padded.share) padded = { name, share };
      exact &&= bytes === claimed;
      if (size.outputs === size.inputs) {
        const elements = bytes - padding - withoutAllocation(counted, 'packedInputs');
        approximates &&= elements === compulsory && elements - approximate <= (elements * 2) / size.outputs;
      }
      figures.push(
        figure(`${name}: b(M+M²)`, 'B', 'article', claimed),
        figure(`${name}: + outputs`, 'B', 'theory', compulsory),
        figure(`${name}: moved`, 'B', 'count', bytes),
        ...simulatedMoved(laboratory, name),
        figure(`${name}: of it, packing`, 'B', 'count', bytes - compulsory),
        figure(`${name}: + write-allocate`, 'B', 'count', bytesOf(counted, { boundary: 'dram' }) - bytes),
        figure(`${name}: bM² is short by`, '%', 'count', (100 * (bytes - approximate)) / bytes),
      );
    }
    const panels =
      padded.share === 0
        ? ''
        : `what fills the last panel of weights, at most ${(100 * padded.share).toFixed(1)} % (${padded.name}), and `;
    return {
      verdict: exact ? 'holds' : approximates ? 'holds-if' : 'does-not-hold',
      condition: `M ≫ 2: it leaves out the outputs; s(M² + 2M) bytes are moved, so bM² is right to 2/M; at 8 and 16 bit packing adds ${panels}a copy of the inputs`,
      figures,
    };
  },
};

/** Counted and formula's bytes an operation are one, to a hundredth: copies of inputs and fetches of output lines are less. */
const agree = (counted: number, formula: number) => Math.abs(counted / formula - 1) < 0.01;

export const linearBandwidth: Claim = {
  id: 'linear-bandwidth',
  claim: 'The bandwidth that a linear layer requires equals its rate: BW = T',
  async test(laboratory) {
    const figures: Figure[] = [];
    const ratios: Figure[] = [];
    const equal: boolean[] = []; // BW = T, width by width
    let closed = true; // what was counted is the formula's
    for (const { name, size, width, workload } of layersOf(laboratory)) {
      const plan = laboratory.plan(workload);
      const ops = gemmOps(workload);
      const bytes = bytesOf(await laboratory.count(workload, plan, 'cold'), { boundary: 'dram' });
      const simulated = simulatedFigures(laboratory, name, ops);
      const { min } = await laboratory.time(workload, plan, 'cold', {
        // The narrow ones are two in three of the runs.
        ...(width.type === 'f32' ? {} : { milliseconds: laboratory.quick ? 50 : 500 }),
        point: width.type === 'f32' || size === SQUARE,
      });
      figures.push(
        ...simulated,
        figure(`${name}: rate T`, 'Gop/s', 'time', ops / min),
        figure(`${name}: bandwidth drawn`, 'GB/s', 'time', bytes / min),
        figure(`${name}: bandwidth ÷ T`, 'B/op', 'count', bytes / ops),
      );
      if (size !== SQUARE) continue;
      const ratio = articleBytes(size, width) / ops;
      ratios.push(figure(`bytes per operation, ${width.bits}-bit elements`, 'B/op', 'theory', ratio));
      equal.push(Math.abs(ratio - 1) < 0.01);
      closed &&= agree(bytes / ops, ratio);
    }
    const read = bandwidthCeiling(laboratory.machine, { level: 'dram', threads: 1, kind: 'read' });
    figures.push(
      ...ratios,
      figure('DRAM read bandwidth of this CPU, one thread', 'GB/s', 'time', giga(read)),
    );
    return {
      verdict: verdictOf(equal, closed),
      condition: '2-byte elements and 2 operations a MAC: in general BW = T·s/2, int8 T/2, fp32 2T',
      figures,
    };
  },
};

export const linear128: Claim = {
  id: 'linear-128',
  claim: 'A device of 128 G-ops/s needs more than 128 GB/s for a linear layer',
  async test(laboratory) {
    const { machine } = laboratory;
    const formula: Figure[] = [];
    const counted: Figure[] = [];
    const here: Figure[] = [];
    const said: boolean[] = []; // "more than 128" in the sense in which it was said: 128 and a little
    let closed = true;
    const needs: string[] = [];
    for (const { size, width, workload } of LAYERS.filter((layer) => layer.size === SQUARE)) {
      const plan = laboratory.plan(workload);
      const ops = gemmOps(workload);
      const bytes = bytesOf(await laboratory.count(workload, plan, 'cold'), { boundary: 'dram' });
      const needed = (ARTICLE_OPS * gemmCompulsoryBytes(workload)) / ops;
      const type = ceilingType(workload.type, plan.isa);
      const peak = opsCeiling(machine, { type, isa: plan.isa, threads: 1 });
      const name = `128 G-ops/s, ${width.bits}-bit, ${size.outputs}×${size.inputs}`;
      formula.push(figure(name, 'GB/s', 'theory', giga(needed)));
      counted.push(figure(`${name}, bytes counted`, 'GB/s', 'count', giga((ARTICLE_OPS * bytes) / ops)));
      here.push(
        figure(
          `this CPU at its ${plan.isa} ${type} ceiling, ${width.bits}-bit`,
          'GB/s',
          'time',
          giga(peak === null ? null : (peak * bytes) / ops),
        ),
      );
      closed &&= agree((ARTICLE_OPS * bytes) / ops, needed);
      said.push(needed > 128e9 && needed < 1.01 * 128e9);
      needs.push(`${(needed / 1e9).toFixed(0)} GB/s at ${width.bits} bit`);
    }
    const bandwidth = bandwidthCeiling(machine, { level: 'dram', threads: 1, kind: 'read' });
    return {
      verdict: verdictOf(said, closed),
      condition: `16-bit elements; ${needs.join(', ')}`,
      figures: [
        ...formula,
        figure('128 G-ops/s', 'GB/s', 'article', 128),
        ...counted,
        ...here,
        figure('this CPU has', 'GB/s', 'time', giga(bandwidth)),
      ],
    };
  },
};

/** Of a claim that may hold at some widths only, if what was counted at each is the formula's. */
function verdictOf(atWidths: readonly boolean[], closed: boolean): Verdict {
  if (!closed || !atWidths.some(Boolean)) return 'does-not-hold';
  return atWidths.every(Boolean) ? 'holds' : 'holds-if';
}

export const gops128: Claim = {
  id: 'gops-128',
  claim: 'Commentary: 128 G-ops/s are 128 亿 operations a second',
  async test() {
    const claimed = 128;
    const found = ARTICLE_OPS / 1e8; // 亿
    return {
      verdict: found === claimed ? 'holds' : 'does-not-hold',
      condition: `128 G-ops/s are ${found} 亿: 亿 is 10⁸`,
      figures: [
        figure('128 G-ops/s', '亿/s', 'article', claimed),
        figure('128 G-ops/s', '亿/s', 'theory', found),
      ],
    };
  },
};

function giga(value: number | null): number | null {
  return value === null ? null : value / 1e9;
}
