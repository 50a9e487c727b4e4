import { describe, expect, it } from 'vitest';
import { dramOfRun } from '../../src/executor/dram.js';
import { type Stored, type View, viewsIn } from '../../src/executor/lower.js';
import { prepareNetwork } from '../../src/executor/prepare.js';
import { viewBytes } from '../../src/executor/prepared-step.js';
import { alexnet, googlenet } from '../../src/networks/index.js';

const { program, arena, steps } = prepareNetwork(alexnet({ size: 67 }), { threads: 1 });
const weightBytes = steps.reduce((sum, step) => sum + step.weightBytes, 0);

function dram(cacheBytes: number) {
  const moved = dramOfRun(program, arena, steps, cacheBytes);
  const sum = (of: 'read' | 'written') => moved.reduce((all, one) => all + one[of], 0);
  return { moved, read: sum('read'), written: sum('written') };
}

describe('DRAM bytes of a repeated run', () => {
  it('are none through a cache that holds the network', () => {
    expect(dram(2 * (weightBytes + 4 * arena.elements))).toMatchObject({ read: 0, written: 0 });
  });

  it('are the weights through one that holds the activations, the layer that is running, and not all weights', () => {
    const { read, moved } = dram(weightBytes / 2);
    expect(read).toBeGreaterThan(0.99 * weightBytes);
    expect(read).toBeLessThan(1.05 * weightBytes);
    // Pools have no weights, and find what the layer before left.
    const pool = steps.findIndex(({ step }) => step.name === 'pool2');
    expect(moved[pool]).toEqual({ read: 0, written: 0 });
  });

  it('are everything without a cache, whole pages of it', () => {
    const { moved, written } = dram(0);
    for (const [index, { step, weightBytes: weights }] of steps.entries()) {
      const bytes = viewsIn(step).reduce((sum, view) => sum + viewBytes(program, view), weights);
      expect(moved[index]?.read).toBeGreaterThanOrEqual(bytes);
      expect(moved[index]?.read).toBeLessThan(bytes + 2 * 4096 * 4);
    }
    const outputs = steps.reduce((sum, { step }) => sum + viewBytes(program, step.outputs), 0);
    expect(written).toBeGreaterThanOrEqual(outputs);
  });

  it('of a branch are its own channels of every image, not those beside them', () => {
    const two = prepareNetwork(googlenet({ batch: 2 }), { threads: 1 });
    const moved = dramOfRun(two.program, two.arena, two.steps, 0);
    const pages = (begin: number, elements: number) =>
      Math.ceil((begin + elements) / 1024) - Math.floor(begin / 1024);
    const pagesOf = (view: View) => {
      const { height, width, imageElements, block } = two.program.stored[view.stored] as Stored;
      const plane = height * width;
      const first = (two.arena.offsets[view.stored] as number) + view.offset * plane;
      const elements = Math.ceil(view.channels / block) * block * plane;
      return pages(first, elements) + pages(first + imageElements, elements);
    };
    const branches = two.steps.flatMap(({ step, weightBytes: weights }, index) =>
      step.op === 'conv2d' && step.outputs.offset > 0 ? [{ step, index, weights }] : [],
    );
    expect(branches.length).toBe(27); // three of each of nine inceptions
    for (const { step, index, weights } of branches) {
      const all = pagesOf(step.inputs) + Math.ceil(weights / 4096) + pagesOf(step.outputs);
      expect(moved[index]?.read, step.name).toBe(4096 * all);
    }
  });
});
