import type { Arena } from './arena.js';
import { type Program, type Stored, viewsIn } from './lower.js';
import { type PreparedStep, viewElements } from './prepared-step.js';

/** Bytes that a step fetches from DRAM and, when their pages are evicted, writes back. */
export interface DramBytes {
  read: number;
  written: number;
}

const PAGE = 4096;

/**
 * What each step of a repeated run fetches through a last cache of `cacheBytes`, taken as least recently used over pages:
 * activations that the step before left there cost nothing, weights of a network that is larger than the cache all come
 * again. A step touches its weights, what it reads, and what it writes, once each: what it reads again itself is in its own
 * traffic. Overwritten pages are fetched too, as caches do. Nothing runs.
 */
export function dramOfRun(
  program: Program,
  arena: Arena,
  steps: readonly PreparedStep[],
  cacheBytes: number,
): DramBytes[] {
  const cache = new PageCache(Math.floor(cacheBytes / PAGE));
  const weightsAt = pagesAfter(arena, steps);
  const pass = () =>
    steps.map((prepared, index) => {
      cache.moved = { read: 0, written: 0 };
      const views = viewsIn(prepared.step);
      for (const [at, view] of views.entries()) {
        // Inputs are there before the weights stream past, and outputs come last.
        if (at === views.length - 1) cache.touch(weightsAt[index] as number, prepared.weightBytes, false);
        const stored = program.stored[view.stored] as Stored;
        const first = (arena.offsets[view.stored] as number) + view.offset * stored.height * stored.width;
        // Of channels beside others, each image has a piece of its own.
        for (let image = 0; image < program.batch; ++image) {
          const begin = 4 * (first + image * stored.imageElements);
          cache.touch(begin, 4 * viewElements(stored, view), at === views.length - 1);
        }
      }
      return cache.moved;
    });
  pass();
  return pass();
}

/** Addresses of each step's weights, behind the arena. */
function pagesAfter(arena: Arena, steps: readonly PreparedStep[]): number[] {
  const page = (bytes: number) => Math.ceil(bytes / PAGE) * PAGE;
  let next = page(4 * arena.elements);
  return steps.map(({ weightBytes }) => {
    const begin = next;
    next += page(weightBytes);
    return begin;
  });
}

/** Least recently used pages; a Map remembers in which order its keys came. */
class PageCache {
  moved: DramBytes = { read: 0, written: 0 };
  readonly #dirty = new Map<number, boolean>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  touch(begin: number, bytes: number, write: boolean): void {
    if (bytes === 0) return;
    for (let page = Math.floor(begin / PAGE); page * PAGE < begin + bytes; ++page) {
      const was = this.#dirty.get(page);
      if (was === undefined) this.moved.read += PAGE;
      this.#dirty.delete(page);
      this.#dirty.set(page, was === true || write);
      if (this.#dirty.size > this.#capacity) this.#evict();
    }
  }

  #evict(): void {
    const [oldest] = this.#dirty as Iterable<[number, boolean]>;
    if (oldest === undefined) return;
    this.#dirty.delete(oldest[0]);
    if (oldest[1]) this.moved.written += PAGE;
  }
}
