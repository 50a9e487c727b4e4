/** An array that is needed from one step of a run to another, both included. */
export interface ArenaRequest {
  elements: number;
  first: number;
  last: number;
}

/** Where each array lies in one block of memory. */
export interface Arena {
  offsets: number[];
  elements: number;
}

/** Whole cache lines, so that every array starts at one. */
const ALIGNMENT = 16;

const aligned = (elements: number) => Math.ceil(elements / ALIGNMENT) * ALIGNMENT;

/**
 * Places arrays so that those whose lives overlap lie apart: the largest first, each at the lowest place where it fits
 * between those that it may not touch. That is within a few percent of the least possible for networks, whose largest
 * tensors decide (leastArena).
 */
export function planArena(requests: readonly ArenaRequest[]): Arena {
  const offsets = new Array<number>(requests.length).fill(0);
  const order = requests.map((_, index) => index).sort((a, b) => size(requests, b) - size(requests, a));
  const placed: number[] = [];
  for (const index of order) {
    const request = requests[index] as ArenaRequest;
    const others = placed
      .filter((other) => overlap(request, requests[other] as ArenaRequest))
      .map((other) => ({ begin: offsets[other] as number, end: endOf(requests, offsets, other) }))
      .sort((a, b) => a.begin - b.begin);
    let offset = 0;
    for (const { begin, end } of others) {
      if (begin - offset >= aligned(request.elements)) break;
      offset = Math.max(offset, end);
    }
    offsets[index] = offset;
    placed.push(index);
  }
  const elements = Math.max(0, ...requests.map((_, index) => endOf(requests, offsets, index)));
  return { offsets, elements };
}

/** The most that is alive at one step: no arena is smaller. */
export function leastArena(requests: readonly ArenaRequest[]): number {
  const steps = [...new Set(requests.map(({ first }) => first))];
  const alive = steps.map((step) =>
    requests
      .filter(({ first, last }) => first <= step && step <= last)
      .reduce((sum, { elements }) => sum + aligned(elements), 0),
  );
  return Math.max(0, ...alive);
}

const overlap = (a: ArenaRequest, b: ArenaRequest) => a.first <= b.last && b.first <= a.last;

const size = (requests: readonly ArenaRequest[], index: number) => (requests[index] as ArenaRequest).elements;

const endOf = (requests: readonly ArenaRequest[], offsets: readonly number[], index: number) =>
  (offsets[index] as number) + aligned(size(requests, index));
