import type { Boundary, Cause, Operand, State, TrafficRow } from './rows.js';

/** Adds rows of what crosses one boundary, in elements. */
export interface RowAdder {
  /** The cause of a first fetch, which `'once'` stands for: what a warm run still fetches, a larger cache would have kept. */
  readonly once: Cause;
  read(operand: Operand, cause: Cause | 'once', elements: number): void;
  /** Overwritten without being read: a cache fetches the line before a store can change part of it; registers don't. */
  write(operand: Operand, cause: Cause | 'once', elements: number): void;
  /** Written where the line is there already, since it was read. */
  store(operand: Operand, cause: Cause | 'once', elements: number): void;
}

export function rowAdder(
  rows: TrafficRow[],
  boundary: Boundary,
  state: State,
  bytesPerElement = 4,
): RowAdder {
  const once: Cause = state === 'warm' ? 'capacity' : 'compulsory';
  const adds =
    (direction: TrafficRow['direction']) => (operand: Operand, cause: Cause | 'once', elements: number) => {
      rows.push({
        ...{ boundary, operand, direction },
        ...{ cause: cause === 'once' ? once : cause, bytes: elements * bytesPerElement },
      });
    };
  const [read, store] = [adds('read'), adds('write')];
  return {
    once,
    read,
    write(operand, cause, elements) {
      if (boundary !== 'l1') read(operand, 'writeAllocate', elements);
      store(operand, cause, elements);
    },
    store,
  };
}
