export type Boundary = 'dram' | 'l3' | 'l2' | 'l1';
export const OPERANDS = [
  'weights',
  'inputs',
  'outputs',
  'state',
  'packedWeights',
  'packedInputs',
  'scratch',
] as const;
export type Operand = (typeof OPERANDS)[number];
export type Direction = 'read' | 'write';
export type Cause =
  | 'compulsory'
  | 'capacity'
  | 'conflict'
  | 'halo'
  | 'partialSum'
  | 'writeAllocate'
  | 'writeBack';

/** Bytes that cross the boundary in front of the named memory: `dram` behind the last cache, `l1` to the registers. */
export interface TrafficRow {
  boundary: Boundary;
  operand: Operand;
  direction: Direction;
  cause: Cause;
  bytes: number;
}

export const BOUNDARIES = ['dram', 'l3', 'l2', 'l1'] as const satisfies Boundary[];

export type Totals = Partial<Record<Boundary, Record<Direction, number>>>;

export interface Traffic {
  rows: TrafficRow[];
  /** Sums of the rows; a boundary that the machine lacks is absent. */
  totals: Totals;
  /** Of runs: a hash of what they did, in order. Two runs of one schedule have the same. */
  schedule?: string;
}

/** How one cache's lines of an operand are used: bytes fetched, by the uses until they were fetched again. */
export interface OperandReuse {
  operand: Operand;
  /** Executions of the loop whose blocks the cache holds; bytes ÷ executions is the extent of what takes turns. */
  executions: number;
  uses: { uses: number; bytes: number }[];
}

/** Caches at the start of a run: `cold` empty, and flushed at the end; `warm` as the run before left them. */
export type State = 'cold' | 'warm';
export const STATES = ['cold', 'warm'] as const satisfies State[];

/** Adds up rows that differ in nothing but bytes, drops zeros, orders by distance, and sums. */
export function trafficOf(rows: TrafficRow[], boundaries: Boundary[]): Traffic {
  const totals: Totals = {};
  for (const boundary of boundaries) totals[boundary] = { read: 0, write: 0 };
  const merged = new Map<string, TrafficRow>();
  for (const row of rows) {
    const total = totals[row.boundary];
    if (row.bytes === 0 || total === undefined) continue;
    total[row.direction] += row.bytes;
    const key = `${row.boundary} ${row.operand} ${row.direction} ${row.cause}`;
    merged.set(key, { ...row, bytes: row.bytes + (merged.get(key)?.bytes ?? 0) });
  }
  const distance = (row: TrafficRow) => boundaries.indexOf(row.boundary);
  return { rows: [...merged.values()].sort((a, b) => distance(a) - distance(b)), totals };
}

/** Bytes of the rows that match; a missing key matches all. */
export function bytesOf(
  traffic: Traffic,
  match: { boundary?: Boundary; operand?: Operand; direction?: Direction },
): number {
  let bytes = 0;
  for (const row of traffic.rows) {
    const { boundary = row.boundary, operand = row.operand, direction = row.direction } = match;
    if (row.boundary === boundary && row.operand === operand && row.direction === direction)
      bytes += row.bytes;
  }
  return bytes;
}
