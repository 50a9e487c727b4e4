import { describe, expect, it } from 'vitest';
import { type ArenaRequest, leastArena, planArena } from '../../src/executor/arena.js';
import { lower } from '../../src/executor/lower.js';
import { googlenet, NETWORKS, resnet50 } from '../../src/networks/index.js';

/** Pairs of arrays that are alive at one step and share memory. */
function clashes(requests: readonly ArenaRequest[]): string[] {
  const { offsets, elements } = planArena(requests);
  const found: string[] = [];
  for (const [i, a] of requests.entries()) {
    const begin = offsets[i] as number;
    if (begin % 16 !== 0) found.push(`${i} begins at ${begin}, inside a line`);
    if (begin + a.elements > elements) found.push(`${i} ends behind the arena`);
    for (const [j, b] of requests.entries()) {
      const other = offsets[j] as number;
      const alive = a.first <= b.last && b.first <= a.last;
      if (i < j && alive && begin < other + b.elements && other < begin + a.elements) found.push(`${i} ${j}`);
    }
  }
  return found;
}

/** Numbers from 0 to below 1, the same for a seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('an arena', () => {
  it('of random lives has no two that share memory', () => {
    for (let seed = 1; seed <= 300; ++seed) {
      const next = numbers(seed);
      const requests = Array.from({ length: 1 + Math.floor(40 * next()) }, () => {
        const first = Math.floor(20 * next());
        return { elements: Math.floor(2000 * next()), first, last: first + Math.floor(8 * next()) };
      });
      expect(clashes(requests)).toEqual([]);
      expect(planArena(requests).elements).toBeGreaterThanOrEqual(leastArena(requests));
    }
  });

  it('of none is empty, and of one is that one in whole lines', () => {
    expect(planArena([])).toEqual({ offsets: [], elements: 0 });
    expect(planArena([{ elements: 17, first: 0, last: 0 }])).toEqual({ offsets: [0], elements: 32 });
  });

  it('reuses what is no longer needed, and not what still is', () => {
    const chain = [0, 1, 2, 3].map((first) => ({ elements: 160, first, last: first + 1 }));
    expect(planArena(chain).elements).toBe(320);
    const kept = [...chain, { elements: 160, first: 0, last: 4 }];
    expect(planArena(kept).elements).toBe(480);
  });

  it.each(Object.keys(NETWORKS).filter((name) => NETWORKS[name]?.().graph !== null))(
    'of %s is free of clashes, and within 10 %% of the least',
    (name) => {
      for (const block of [4, 8, 16]) {
        const network = NETWORKS[name]?.({ batch: 2 });
        const { stored } = lower(network?.graph as NonNullable<typeof network>['graph'] & object, block);
        expect(clashes(stored)).toEqual([]);
        expect(planArena(stored).elements).toBeLessThan(1.1 * leastArena(stored));
      }
    },
  );
});

describe('a program', () => {
  it('of GoogLeNet has no step for a concatenation: branches write side by side', () => {
    const { steps, stored } = lower(
      googlenet().graph as NonNullable<ReturnType<typeof googlenet>['graph']>,
      16,
    );
    expect(steps).toHaveLength(58 + 13 + 2 + 1 + 1); // weighted layers, pools, norms, the average, softmax
    const outputs = new Map(steps.map(({ name, outputs: view }) => [name, view]));
    const places = ['3a/1x1', '3a/3x3', '3a/5x5', '3a/pool'].map((name) => outputs.get(name));
    expect(places.map((view) => view?.offset)).toEqual([0, 64, 192, 224]);
    expect(new Set(places.map((view) => view?.stored)).size).toBe(1);
    expect(stored[places[0]?.stored as number]?.channels).toBe(256);
  });

  it('of ResNet-50 has no step for a sum: the convolution before adds it, after the projection', () => {
    const { steps, stored } = lower(
      resnet50().graph as NonNullable<ReturnType<typeof resnet50>['graph']>,
      16,
    );
    expect(steps).toHaveLength(54 + 3);
    // The images, and one of each step: the tensors between convolutions and their sums are gone.
    expect(stored).toHaveLength(54 + 3 + 1);
    const first = steps.filter(({ name }) => name.startsWith('conv2_1/'));
    expect(first.map(({ name }) => name)).toEqual([
      'conv2_1/reduce',
      'conv2_1/3x3',
      'conv2_1/project',
      'conv2_1/expand',
    ]);
    const [, , project, expand] = first;
    expect(expand).toMatchObject({ addend: project?.outputs, workload: { activation: 'relu' } });
  });
});
