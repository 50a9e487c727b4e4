import { Command } from 'commander';
import {
  type CalibratedMachine,
  deviceNames,
  type LadderPoint,
  type Machine,
  machine,
  opsCeiling,
} from '../../machine/index.js';
import { missingOps } from '../../machine/measurements.js';
import { json } from '../../report/json.js';
import { table } from '../../report/table.js';
import { bytes, gigaBytes, gigaOps } from '../../report/units.js';
import { abortOnInterrupt } from '../errors.js';
import { deviceOption, jsonOption } from '../options.js';
import { progress } from '../progress.js';

interface MachineFlags {
  calibrate?: boolean;
  device?: Machine;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  $ rooftile machine                          this CPU: the stored calibration, or what a probe tells
  $ rooftile machine --calibrate              measure it anew (about 10 s) and store the result
  $ rooftile machine --device snowflake-1k    a known device: ${deviceNames().join(', ')}
  $ rooftile machine --json > mine.json       as data, which every --device reads

Calibrations are kept in the user's cache folder, or in the one that ROOFTILE_CACHE names.`;

/** `rooftile machine`: what this CPU (or another device) has and can do at best. */
export function machineCommand(): Command {
  const command = new Command('machine');
  return command
    .description('Show caches and ceilings of this CPU or of another device')
    .option('--calibrate', 'measure this CPU anew and store the result')
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (flags: MachineFlags) => {
      if (flags.calibrate && flags.device !== undefined) {
        command.error('error: --calibrate measures this CPU and --device names another: give one of them', {
          exitCode: 2,
        });
      }
      const shown = flags.device === undefined ? await thisMachine(flags) : flags.device;
      const text = flags.json ? json(shown) : describe(shown);
      process.stdout.write(`${text}\n`);
    });
}

async function thisMachine(flags: MachineFlags): Promise<Machine> {
  const onWarning = (message: string): void => void process.stderr.write(`warning: ${message}\n`);
  if (!flags.calibrate) return machine({ onWarning });
  const reporter = progress();
  try {
    return await machine({
      calibrate: 'force',
      onWarning,
      onProgress: (done, total, label) => reporter.update(done, total, label),
      signal: abortOnInterrupt(),
    });
  } finally {
    reporter.done();
  }
}

function describe(shown: Machine): string {
  const { cpu, caches, ceilings } = shown;
  const parts = [
    `${cpu.model} (${cpu.vendor}), ${counted(cpu.threads, 'thread')}, ${cpu.isa.join(' ')}\n${shown.source}`,
  ];
  if (caches.length > 0) parts.push(cacheTable(shown));
  if (ceilings.opsPerSecond.length > 0) parts.push(opsTable(shown));
  if (ceilings.bytesPerSecond.length > 0) parts.push(bandwidthTable(shown));
  if (isCalibrated(shown)) {
    parts.push(ladderChart(shown.ladder));
    const missing = missingOps(shown);
    if (missing.length > 0) {
      parts.push(`Not measured yet: ${missing.join(', ')}. \`rooftile machine --calibrate\` adds them.`);
    }
  } else if (ceilings.bytesPerSecond.length === 0) {
    parts.push('No ceilings yet: `rooftile machine --calibrate` measures them.');
  }
  return parts.join('\n\n');
}

function cacheTable({ caches }: Machine): string {
  const rows = caches.map((cache) => [
    `L${cache.level}`,
    bytes(cache.bytes),
    cache.effectiveBytes === null ? '–' : bytes(cache.effectiveBytes),
    `${cache.ways}`,
    `${cache.lineBytes} B`,
    counted(cache.sharedBy, 'CPU'),
  ]);
  return table(['cache', 'nominal', 'effective', 'ways', 'line', 'shared by'], rows, {
    align: ['left', 'right', 'right', 'right', 'right', 'right'],
  });
}

/** A row for each type and ISA, types together, a column for each number of threads. */
function opsTable(shown: Machine): string {
  const { opsPerSecond } = shown.ceilings;
  const distinct = <T>(values: T[]): T[] => [...new Set(values)];
  const threadCounts = distinct(opsPerSecond.map(({ threads }) => threads));
  const rows = distinct(opsPerSecond.map(({ type }) => type)).flatMap((type) => {
    const ofType = opsPerSecond.filter((ceiling) => ceiling.type === type);
    return distinct(ofType.map(({ isa }) => isa)).map((isa) => [
      type,
      isa,
      ...threadCounts.map((threads) => gigaOps(opsCeiling(shown, { type, isa, threads }))),
    ]);
  });
  const headers = threadCounts.map((threads) => counted(threads, 'thread'));
  return table(['multiply-adds', 'ISA', ...headers], rows, {
    align: ['left', 'left', ...headers.map(() => 'right' as const)],
  });
}

function bandwidthTable({ ceilings }: Machine): string {
  const kinds = ['read', 'write', 'copy'] as const;
  const threadCounts = [...new Set(ceilings.bytesPerSecond.map(({ threads }) => threads))];
  const levels = (['l1', 'l2', 'l3', 'dram'] as const).filter((level) =>
    ceilings.bytesPerSecond.some((ceiling) => ceiling.level === level),
  );
  const rows = threadCounts.flatMap((threads) =>
    levels.map((level) => {
      const cells = kinds.map((kind) => {
        const found = ceilings.bytesPerSecond.find(
          (ceiling) => ceiling.level === level && ceiling.threads === threads && ceiling.kind === kind,
        );
        return found === undefined ? '–' : gigaBytes(found.value);
      });
      return [level === 'dram' ? 'DRAM' : level.toUpperCase(), `${threads}`, ...cells];
    }),
  );
  return table(['bandwidth', 'threads', ...kinds], rows, {
    align: ['left', 'right', 'right', 'right', 'right'],
  });
}

/** Read bandwidth of one thread against its working set, a bar for each measurement. */
function ladderChart(ladder: readonly LadderPoint[]): string {
  const width = 48;
  const points = ladder
    .filter(({ kind, threads }) => kind === 'read' && threads === 1)
    .sort((a, b) => a.bytesPerThread - b.bytesPerThread);
  const fastest = Math.max(...points.map(({ bytesPerSecond }) => bytesPerSecond));
  const rows = points.map(({ bytesPerThread, bytesPerSecond }) => [
    bytes(bytesPerThread),
    gigaBytes(bytesPerSecond),
    '█'.repeat(Math.max(1, Math.round((width * bytesPerSecond) / fastest))),
  ]);
  return table(['working set', 'read, 1 thread', ''], rows, { align: ['right', 'right', 'left'] });
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

const isCalibrated = (shown: Machine): shown is CalibratedMachine => 'ladder' in shown;
