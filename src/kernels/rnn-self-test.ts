import type { Isa, Machine } from '../machine/types.js';
import { addon } from '../native/addon.js';
import { planRnn } from '../plans/plan-rnn.js';
import { RNN_TILES } from '../plans/rnn-tiles.js';
import { type RnnKind, rnnWorkload } from '../workloads/rnn.js';
import { allocate } from './allocate.js';
import { rnnOperands } from './rnn-operands.js';
import type { TileTest } from './self-test.js';

/** Outputs lie in (−1, 1); products of 37 and 2·nr terms, three steps and gates of 2 ulp leave less than this. */
const TOLERANCE = 2e-5;

/** Runs every step tile of the ISAs on short ragged sequences of each cell against the reference in double. */
export function testRnnTiles(machine: Machine, isas: readonly Isa[]): TileTest[] {
  const cells = [
    { kind: 'gru', linearBeforeReset: false },
    { kind: 'gru', linearBeforeReset: true },
    { kind: 'lstm', linearBeforeReset: false },
  ] as const;
  return isas.flatMap((isa) =>
    RNN_TILES[isa].map(({ mr, nr }) => ({
      isa,
      tile: `srnn ${mr}×${nr}`,
      wrong: cells.reduce((sum, cell) => sum + wrongElements(machine, isa, { mr, nr }, cell), 0),
    })),
  );
}

function wrongElements(
  machine: Machine,
  isa: Isa,
  tile: { mr: number; nr: number },
  cell: { kind: RnnKind; linearBeforeReset: boolean },
): number {
  // Whole tiles and tails of the batch and of the hidden units.
  const workload = rnnWorkload({
    ...cell,
    ...{ steps: 3, batch: tile.mr + 1, inputs: 37, hidden: 2 * tile.nr + 3 },
  });
  const { operator, call, layers } = rnnOperands(workload, planRnn(workload, machine, { isa, ...tile }));
  const found = call.Y as Float32Array;
  operator.run(call);
  const expected = allocate(found.length);
  const native = operator.nativeCall({ ...call, Y: expected });
  addon().rnnReference(
    ...native,
    layers.map(({ W, R, B }) => [W, R, B]),
  );
  // Not ≤: a NaN on either side is wrong.
  return expected.filter((value, i) => !(Math.abs(value - (found[i] as number)) <= TOLERANCE)).length;
}
