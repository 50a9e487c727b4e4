import { freemem } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { addon } from '../native/addon.js';
import { effectiveSizes, plateaus } from './knees.js';
import { type Measurement, plannedMeasurements, type StreamMeasurement } from './measurements.js';
import { probeMachine } from './probe.js';
import type { BandwidthCeiling, CalibratedMachine, Isa, Machine, MemoryLevel, OpsCeiling } from './types.js';

export interface CalibrateOptions {
  /** Called before each measurement, and once with done = total. */
  onProgress?: (done: number, total: number, label: string) => void;
  /** Looked at between measurements, which take a tenth of a second each. */
  signal?: AbortSignal;
  /** Half the ladder, one round: a second or two, and less to be trusted. */
  quick?: boolean;
}

/** A neighbour's burst lasts seconds: two rounds of everything, seconds apart, see the quiet machine at least once. */
const ROUNDS = 2;
/** All CPUs at once are quiet less often than one of two. */
const ROUNDS_ON_ALL = 3;
const MILLISECONDS = 50;
const QUICK_MILLISECONDS = 25;
const MOST_BYTES = 2 ** 30;

interface Result {
  measurement: Measurement;
  /** The best of all rounds. */
  rate: number;
}

/**
 * Measures this machine: multiply-add rates by type and ISA, read bandwidth by working set, write and copy by level, for one
 * thread and for all allowed CPUs. About 12 s on two CPUs, half of it page faults of fresh buffers; the event loop runs between measurements.
 * Rejects with the signal's reason when aborted.
 */
export async function calibrate(options: CalibrateOptions = {}): Promise<CalibratedMachine> {
  const { onProgress, signal, quick = false } = options;
  const machine = probeMachine();
  const isa = machine.cpu.isa.at(-1) as Isa;
  const planned = plannedMeasurements(machine, Math.min(MOST_BYTES, freemem() / 4), quick);
  const results: Result[] = planned.map((measurement) => ({ measurement, rate: 0 }));
  const roundsOf = ({ threads }: Measurement) => (quick ? 1 : threads === 1 ? ROUNDS : ROUNDS_ON_ALL);
  const queue = Array.from({ length: ROUNDS_ON_ALL }, (_, round) =>
    results.filter(({ measurement }) => round < roundsOf(measurement)),
  ).flat();
  const total = queue.length;
  for (const [done, result] of queue.entries()) {
    await setImmediate();
    signal?.throwIfAborted();
    onProgress?.(done, total, label(result.measurement));
    const rate = measure(result.measurement, isa, quick ? QUICK_MILLISECONDS : MILLISECONDS);
    result.rate = Math.max(result.rate, rate);
  }
  onProgress?.(total, total, 'calibrated');
  return derive(machine, results, `measured here ${new Date().toISOString()}${quick ? ', quickly' : ''}`);
}

function measure(measurement: Measurement, isa: Isa, milliseconds: number): number {
  if (measurement.what === 'ops') {
    const { type, isa: own, threads } = measurement;
    return addon().measureMultiplyAdds(type, own, threads, milliseconds);
  }
  const { kind, bytesPerThread, threads } = measurement;
  return addon().measureBandwidth(kind, isa, bytesPerThread, threads, milliseconds);
}

function label(measurement: Measurement): string {
  const threads = `${measurement.threads} thread${measurement.threads === 1 ? '' : 's'}`;
  if (measurement.what === 'ops') {
    return `multiply-adds, ${measurement.type} ${measurement.isa}, ${threads}`;
  }
  return `${measurement.kind} ${Math.round(measurement.bytesPerThread / 1024)} KiB, ${threads}`;
}

function derive(machine: Machine, results: readonly Result[], source: string): CalibratedMachine {
  const opsPerSecond: OpsCeiling[] = [];
  const streams: { measurement: StreamMeasurement; rate: number }[] = [];
  for (const { measurement, rate } of results) {
    if (measurement.what === 'stream') {
      streams.push({ measurement, rate });
    } else {
      const { type, isa, threads } = measurement;
      opsPerSecond.push({ type, isa, threads, value: rate });
    }
  }

  const ladder = streams
    .filter(({ measurement }) => measurement.level === null)
    .map(({ measurement, rate }) => ({ bytes: measurement.bytesPerThread, bytesPerSecond: rate }));
  const cacheBytes = machine.caches.map(({ bytes }) => bytes);
  const levels: MemoryLevel[] = [...machine.caches.map(({ level }) => `l${level}` as MemoryLevel), 'dram'];
  const bytesPerSecond: BandwidthCeiling[] = [];
  for (const [index, value] of plateaus(ladder, cacheBytes).entries()) {
    const level = levels[index];
    if (value !== null && level !== undefined)
      bytesPerSecond.push({ level, threads: 1, kind: 'read', value });
  }
  for (const { measurement, rate } of streams) {
    const { level, threads, kind } = measurement;
    if (level !== null) bytesPerSecond.push({ level, threads, kind, value: rate });
  }

  const knees = effectiveSizes(ladder, cacheBytes);
  return {
    ...machine,
    caches: machine.caches.map((cache, index) => ({ ...cache, effectiveBytes: knees[index] ?? null })),
    ceilings: { opsPerSecond, bytesPerSecond },
    source,
    ladder: streams.map(({ measurement, rate }) => ({
      kind: measurement.kind,
      bytesPerThread: measurement.bytesPerThread,
      threads: measurement.threads,
      bytesPerSecond: rate,
    })),
  };
}
