import { describe, expect, it } from 'vitest';
import { familyOf } from '../../src/families/index.js';
import { type Machine, requestedIsa } from '../../src/machine/index.js';
import { MICRO_TILES } from '../../src/plans/micro-tiles.js';
import { planRnn } from '../../src/plans/plan-rnn.js';
import { RNN_ORDERS, RNN_WEIGHT_TYPES, type RnnPlan } from '../../src/plans/rnn-plan.js';
import { RNN_PANEL, RNN_TILES } from '../../src/plans/rnn-tiles.js';
import { recurrentReuse } from '../../src/theory/rnn.js';
import { phaseResidency, RNN_PHASES } from '../../src/theory/rnn-residency.js';
import type { State } from '../../src/theory/rows.js';
import { type RnnShape, rnnWorkload } from '../../src/workloads/rnn.js';
import { machineWith } from '../machines.js';
import { expectSameTraffic } from './rows.js';

const isa = requestedIsa();
const tiles = RNN_TILES[isa];
const lanes = RNN_PANEL[isa];
const projectionTile = MICRO_TILES[isa][0] as { mr: number; nr: number };

const CELLS = [
  { kind: 'gru', linearBeforeReset: false },
  { kind: 'gru', linearBeforeReset: true },
  { kind: 'lstm', linearBeforeReset: false },
] as const;
const DIRECTIONS = ['forward', 'bidirectional', 'reverse'] as const;
// Hidden units as vectors, plus a ragged rest.
const SIZES = [
  { panels: 1, rest: 0, batch: 1, steps: 3, inputs: 5 },
  { panels: 2, rest: 1, batch: 2, steps: 1, inputs: 16 },
  { panels: 5, rest: 0, batch: 7, steps: 9, inputs: 40 },
  { panels: 9, rest: 1, batch: 5, steps: 6, inputs: 3 * lanes + 1 },
];

interface Case {
  name: string;
  shape: RnnShape;
  overrides: Partial<RnnPlan>;
  machine: Machine;
  state: State;
}

/** Caches on both sides of every footprint of the run: each level's capacity follows one loop, and no two alike. */
function machineFor(turn: number, shape: RnnShape, overrides: Partial<RnnPlan>): Machine {
  const workload = rnnWorkload(shape);
  const vast = machineWith(2 ** 40, 2 ** 41, 2 ** 42);
  const plan = planRnn(workload, vast, overrides);
  // What one iteration of each loop needs, found by asking a machine that grows.
  const needed = new Set<number>();
  for (const phase of RNN_PHASES) {
    let capacity = 1;
    for (;;) {
      const machine = machineWith(capacity, capacity, capacity);
      const nextBytes = phaseResidency(workload, plan, machine, phase)[0]?.nextBytes ?? null;
      if (nextBytes === null || nextBytes <= capacity) break;
      needed.add(nextBytes);
      capacity = nextBytes;
    }
  }
  // And between them, where a serpentine sweep finds a part of the weights.
  const loops = [...needed].sort((a, b) => a - b);
  const sizes = loops
    .flatMap((bytes, i) => [bytes, Math.floor((bytes + (loops[i + 1] ?? bytes)) / 2)])
    .slice(0, -1);
  const at = (level: number) => {
    const index = (turn + level * (1 + (turn % 3))) % (sizes.length + 1);
    return index === sizes.length
      ? Math.ceil((sizes[0] as number) / 2)
      : (sizes[index] as number) + (turn % 2);
  };
  const capacities = [at(0), at(1), at(2)].sort((a, b) => a - b) as [number, number, number];
  return machineWith(capacities[0], capacities[1], turn % 7 === 0 ? 0 : capacities[2]);
}

function cases(): Case[] {
  const result: Case[] = [];
  let turn = 0;
  for (const cell of CELLS) {
    for (const directions of DIRECTIONS) {
      for (const layers of [1, 2, 3]) {
        for (const { panels, rest, batch, steps, inputs } of SIZES) {
          for (const threads of [1, 2]) {
            ++turn;
            const hidden = panels * lanes + rest;
            const shape = { ...cell, directions, layers, hidden, batch, steps, inputs };
            const tile = tiles[turn % tiles.length] as (typeof tiles)[number];
            const overrides: Partial<RnnPlan> = {
              isa,
              ...tile,
              threads,
              order: RNN_ORDERS[turn % 5 < 3 ? 1 : 0] as RnnPlan['order'],
              weightType: RNN_WEIGHT_TYPES[
                turn % 4 === 0 ? 1 : turn % 4 === 1 ? 2 : 0
              ] as RnnPlan['weightType'],
              projectionMr: projectionTile.mr,
              projectionNr: projectionTile.nr,
              projectionMc: projectionTile.mr * (1 + (turn % 2)),
              projectionKc: lanes * (1 + (turn % 3)),
              projectionNc: projectionTile.nr * (1 + (turn % 2)),
              projectionThreadRows: threads === 2 && turn % 4 < 2 ? 2 : 1,
            };
            const state: State = turn % 3 === 0 ? 'warm' : 'cold';
            const machine = machineFor(turn, shape, overrides);
            const name = `${JSON.stringify(shape)} ${JSON.stringify(overrides)} ${state} #${turn}`;
            result.push({ name, shape, overrides, machine, state });
          }
        }
      }
    }
  }
  return result;
}

describe('counted bytes equal the closed form', () => {
  const all = cases();

  it('covers more than 200 pairs, every scope of both phases, and both regimes of the recurrent weights', () => {
    expect(all.length).toBeGreaterThan(200);
    const scopes = { projection: new Set<number>(), recurrence: new Set<number>() };
    const rhos = new Set<string>();
    for (const { shape, overrides, machine, state } of all) {
      const workload = rnnWorkload(shape);
      const plan = planRnn(workload, machine, overrides);
      for (const phase of RNN_PHASES) {
        for (const { scope } of phaseResidency(workload, plan, machine, phase)) scopes[phase].add(scope);
      }
      for (const { rho } of recurrentReuse(workload, plan, machine, state)) {
        if (workload.steps > 1) {
          rhos.add(
            rho === 1
              ? 'once'
              : rho < workload.steps && rho > 1
                ? 'some'
                : rho >= workload.steps
                  ? 'every step'
                  : 'never',
          );
        }
      }
    }
    const sorted = (set: Set<number>) => [...set].sort((a, b) => a - b);
    expect(sorted(scopes.projection)).toEqual([0, 1, 2, 3, 4, 5, 7, 11]);
    expect(sorted(scopes.recurrence)).toEqual([0, 1, 2, 6, 7, 11]);
    expect(rhos).toContain('once');
    expect(rhos).toContain('some');
    expect(rhos).toContain('every step');
  });

  it.each(all)('$name', async ({ shape, overrides, machine, state }) => {
    const workload = rnnWorkload(shape);
    const family = familyOf(workload);
    const plan = planRnn(workload, machine, overrides);
    const theory = family.theory(workload, plan, machine, state);
    const count = await family.open(workload, plan).count(machine, state);
    expectSameTraffic(count, theory);
  });
});
