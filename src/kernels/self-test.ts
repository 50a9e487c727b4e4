import type { Isa, Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import { takesOnePass } from '../plans/gemm-format.js';
import { MICRO_TILES, type MicroTileSize } from '../plans/micro-tiles.js';
import { planGemm } from '../plans/plan-gemm.js';
import { type GemmWorkload, gemmWorkload } from '../workloads/gemm.js';
import { type ElementType, elementTypes, type GemmType } from '../workloads/gemm-types.js';
import { allocate } from './allocate.js';
import { allocateElements, type ElementArray, toBf16 } from './elements.js';
import { PreparedGemm } from './gemm.js';

export interface TileTest {
  isa: Isa;
  /** `gemm u8:s8:s32 14×32`. */
  tile: string;
  /** Elements that differ from the reference: one is too many. */
  wrong: number;
}

/** Every arithmetic; of bytes both kinds of inputs, since signed ones are shifted as they are packed. */
const TYPES = [
  'f32',
  'f32:bf16:f32',
  'f32:s8:f32',
  'bf16:bf16:f32',
  'u8:s8:s32',
  's8:s8:s32',
] as const satisfies GemmType[];

/** Runs every micro-tile of the ISAs in every arithmetic on a small ragged GEMM against the reference. */
export function testMicroTiles(machine: Machine, isas: readonly Isa[]): TileTest[] {
  return isas.flatMap((isa) =>
    TYPES.flatMap((type) =>
      MICRO_TILES[isa].map((tile) => ({
        isa,
        tile: `gemm ${type} ${tile.mr}×${tile.nr}`,
        wrong: wrongElements(machine, isa, type, tile),
      })),
    ),
  );
}

function wrongElements(machine: Machine, isa: Isa, type: GemmType, tile: MicroTileSize): number {
  // Whole tiles and tails in both directions, two blocks of K where the type may have them, and a ragged group of K.
  const workload = gemmWorkload({ m: 2 * tile.mr + 1, n: 2 * tile.nr + 3, k: 37, type });
  const { m, n, k } = workload;
  const types = elementTypes(type);
  const inputs = numbers(types.inputs, m * k, 7);
  const weights = numbers(types.weights, k * n, 5);
  const expected = reference(machine, workload, inputs, weights);
  const given = elementsOf(types.weights, weights);
  let wrong = 0;
  // There are kernels for weights as they are in fp32 only.
  for (const packWeights of type === 'f32' ? [true, false] : [true]) {
    const kc = takesOnePass(type) ? k : 24;
    const plan = planGemm(workload, machine, { isa, ...tile, kc, packWeights });
    const outputs = allocateElements(types.outputs, m * n);
    new PreparedGemm(workload, plan, given, n).run({ inputs: elementsOf(types.inputs, inputs), outputs });
    wrong += expected.reduce((count, value, i) => count + (value === outputs[i] ? 0 : 1), 0);
  }
  return wrong;
}

/** The oracle in fp32, in which every type's numbers and the sums of their products are exact. */
function reference(
  machine: Machine,
  { m, n, k }: GemmWorkload,
  inputs: Float32Array,
  weights: Float32Array,
): Float32Array {
  const outputs = allocate(m * n);
  const workload = gemmWorkload({ m, n, k });
  const plan = planGemm(workload, machine, { isa: 'scalar', packWeights: false });
  const oracle = new PreparedGemm(workload, plan, weights, n);
  addon().gemmReference(...oracle.nativeCall({ inputs, outputs }));
  return outputs;
}

/** Bytes from end to end of their range, where products of two could saturate; small integers of other types. */
function numbers(type: ElementType, length: number, period: number): Float32Array {
  const values = allocate(length);
  if (type !== 'u8' && type !== 's8') return fillSmallIntegers(values, period);
  const low = type === 's8' ? -128 : 0;
  for (let i = 0; i < length; ++i) values[i] = ((i * 85 * period) % 256) + low;
  return values;
}

function elementsOf(type: ElementType, values: Float32Array): ElementArray {
  if (type === 'f32') return values;
  const elements = allocateElements(type, values.length);
  if (type === 'bf16') return toBf16(values, elements as Uint16Array<ArrayBuffer>);
  elements.set(values);
  return elements;
}

/** -period/2 … period/2 in turn: sums of their products stay exact in fp32. */
export function fillSmallIntegers(array: Float32Array, period: number): Float32Array {
  for (let i = 0; i < array.length; ++i) array[i] = (i % period) - Math.floor(period / 2);
  return array;
}
