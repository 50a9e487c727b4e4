import { readFileSync } from 'node:fs';
import type { Machine } from '../machine/types.js';

/** What a figure hangs on beside the code: the head of every result. */
export interface BenchmarkContext {
  /** ISO 8601, UTC. */
  date: string;
  cpu: string;
  /** Instruction sets with a kernel that the CPU can run, weakest first; each result names the one that it used. */
  isa: string[];
  /** CPUs that this process may use. */
  threads: number;
  /** Clock policy of the first CPU; null where the system doesn't tell, as in most virtual machines. */
  governor: string | null;
  nodeVersion: string;
  /** Of rooftile. */
  version: string;
}

export function benchmarkContext(machine: Machine): BenchmarkContext {
  return {
    date: new Date().toISOString(),
    cpu: machine.cpu.model,
    isa: machine.cpu.isa,
    threads: machine.cpu.threads,
    governor: governor(),
    nodeVersion: process.versions.node,
    version: packageVersion(),
  };
}

/** The context in one line, for people. */
export function describeContext(context: BenchmarkContext): string {
  const { cpu, isa, threads, nodeVersion, version } = context;
  const cpus = `${threads} CPU${threads === 1 ? '' : 's'}`;
  const clock = context.governor === null ? '' : `, governor ${context.governor}`;
  return `${cpu}, ${cpus}, ${isa.join(' ')}${clock}; Node ${nodeVersion}, rooftile ${version}; ${context.date}`;
}

/** Two folders up both from src/report and from dist/report. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function governor(): string | null {
  try {
    return readFileSync('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'utf8').trim() || null;
  } catch {
    return null;
  }
}
