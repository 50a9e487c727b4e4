import { deviceNamed, deviceNames } from '../../machine/devices.js';
import type { Machine } from '../../machine/types.js';
import type { RoofDevice } from './charts/roofline-layout.js';
import { shownDate } from './text.js';

/** Ceilings nearer to each other than this are one line of the drawing. */
const SAME = 1.03;

/**
 * The roofs of a machine at a thread count: its arithmetic ceilings (instruction sets that can't be told apart as one; of
 * other types than fp32 the best one's only, or their lines would hide each other) and its read bandwidths.
 */
export function roofsOf(machine: Machine, options: { threads: number; main: boolean }): RoofDevice {
  const { threads, main } = options;
  const peaks: RoofDevice['peaks'] = [];
  const ceilings = machine.ceilings.opsPerSecond
    .filter((ceiling) => ceiling.threads === threads)
    .sort((a, b) => b.value - a.value);
  const hasFp32 = ceilings.some(({ type }) => type === 'f32');
  for (const { isa, type, value } of ceilings) {
    const last = peaks.filter((peak) => peak.type === type).at(-1);
    if (hasFp32 && type !== 'f32') {
      if (last === undefined) peaks.push({ label: `${type} ${isa}`, type, opsPerSecond: value });
    } else if (last !== undefined && last.opsPerSecond < SAME * value) last.label = `${isa}, ${last.label}`;
    else peaks.push({ label: `${isa} ${type}`, type, opsPerSecond: value });
  }
  const cpus = machine.cpu.threads === 1 ? '' : `, ${threads} thread${threads === 1 ? '' : 's'}`;
  return {
    name: `${machine.cpu.model}${cpus}`,
    provenance: provenanceOf(machine),
    main,
    peaks,
    bandwidths: machine.ceilings.bytesPerSecond
      .filter((ceiling) => ceiling.threads === threads && ceiling.kind === 'read')
      .map(({ level, value }) => ({ memory: level, bytesPerSecond: value })),
  };
}

/** The article's devices, which devices/ holds. */
export function articleRoofs(): RoofDevice[] {
  const devices = deviceNames().flatMap((name) => deviceNamed(name) ?? []);
  return devices
    .filter(({ cpu }) => cpu.vendor === 'Snowflake')
    .map((machine) => roofsOf(machine, { threads: 1, main: false }));
}

/** Where the figures come from, with a time to the minute. */
export const provenanceOf = ({ source }: Machine): string => shownDate(source);
