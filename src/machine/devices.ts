import type { Machine, StreamKind } from './types.js';

const KINDS: readonly StreamKind[] = ['read', 'write', 'copy'];

/** Multiply-accumulate units, G-ops/s, GB/s of memory. */
const SNOWFLAKES = [
  ['256', 128, 4.2],
  ['1k', 383, 18],
  ['2k', 766, 36],
  ['3k', 1148, 54],
] as const;

function snowflake(size: string, gigaOps: number, gigaBytes: number): Machine {
  return {
    schemaVersion: 1,
    cpu: { vendor: 'Snowflake', model: `Snowflake ${size}`, isa: ['snowflake'], threads: 1 },
    caches: [],
    ceilings: {
      opsPerSecond: [{ type: 'i16', isa: 'snowflake', threads: 1, value: gigaOps * 1e9 }],
      // The table has one bandwidth for all traffic.
      bytesPerSecond: KINDS.map((kind) => ({ level: 'dram', threads: 1, kind, value: gigaBytes * 1e9 })),
    },
    source: "Culurciello, Zaidy, Gokhale 2017, authors' table",
  };
}

const devices = new Map<string, () => Machine>(
  SNOWFLAKES.map(([size, gigaOps, gigaBytes]) => [
    `snowflake-${size}`,
    () => snowflake(size, gigaOps, gigaBytes),
  ]),
);

/** 'snowflake-256', 'snowflake-1k', … */
export const deviceNames = (): string[] => [...devices.keys()];

/** A fresh copy of a known device; upper case and spaces for hyphens are fine. Undefined for other names. */
export function deviceNamed(name: string): Machine | undefined {
  return devices.get(name.trim().toLowerCase().replaceAll(' ', '-'))?.();
}
