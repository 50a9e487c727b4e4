import { Command } from 'commander';
import { benchmark, benchmarkPlan } from '../../families/bench.js';
import { bandwidthCeiling, type Machine, machine, opsCeiling, requestedIsa } from '../../machine/index.js';
import type { Isa } from '../../machine/types.js';
import { NETWORKS } from '../../networks/index.js';
import { layerRoof, machineType, missingRoof, type RoofChoice } from '../../networks/roofline.js';
import { benchmarkContext } from '../../report/context.js';
import { json } from '../../report/json.js';
import {
  describeRoofline,
  type RooflineGroup,
  type RooflineReport,
  type RooflineRow,
  totalOf,
} from '../../report/roofline.js';
import type { State } from '../../theory/rows.js';
import { abortOnInterrupt } from '../errors.js';
import { requireWritable } from '../files.js';
import { htmlOption, writePage } from '../html.js';
import {
  deviceOption,
  isaOption,
  jsonOption,
  parsePositiveInteger,
  stateOption,
  threadsOption,
} from '../options.js';
import { progress } from '../progress.js';
import { parseTargets, type Target } from '../targets.js';
import { KINDS_TEXT, SHAPES_HELP } from '../workloads.js';

interface RooflineFlags {
  device?: Machine;
  run?: boolean;
  batch: number;
  threads: number;
  isa?: Isa;
  state: State;
  html?: string;
  json?: boolean;
}

const EXAMPLES = `
Networks: ${Object.keys(NETWORKS).join(', ')}
${SHAPES_HELP}

  compulsory  bytes if every element moves once
  intensity   operations per compulsory byte: to the right of the ridge the arithmetic limits, to the left the memory
  roofline    the most that the ceiling and the memory's bandwidth allow at that intensity

Examples:
  $ rooftile roofline                                     the roofs of this CPU
  $ rooftile roofline alexnet                             where the layers of a network lie under them
  $ rooftile roofline gemm 1x4096x4096 64x4096x4096 --run   run here, with the attained share
  $ rooftile roofline gemm 1x4096x4096 1x4096x4096:u8:s8:u8   each under the ceiling of its arithmetic
  $ rooftile roofline resnet50 --device snowflake-256     another device, with its element width
  $ rooftile roofline googlenet --html roofline.html      a page with the chart

Ctrl-C keeps the runs that are done and exits with 130.`;

/** `rooftile roofline [NETWORK|KIND SHAPE…]`: what a machine allows a layer, and what a run attains of it. */
export function rooflineCommand(): Command {
  const command = new Command('roofline');
  return command
    .description('Place layers and networks under the roofline of this CPU or of another device')
    .argument('[what...]', `a network's name, or a kind of layer (${KINDS_TEXT}) and its shapes`)
    .option('--run', 'run each layer here and show the attained share')
    .option('--batch <n>', 'images or sequences of a network', parsePositiveInteger('batch'), 1)
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(isaOption())
    .addOption(stateOption())
    .addOption(htmlOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (words: string[], flags: RooflineFlags) => {
      if (flags.run && flags.device !== undefined) {
        command.error('error: --run is here and --device is elsewhere: give one of them', { exitCode: 2 });
      }
      if (flags.isa && flags.device !== undefined) {
        command.error('error: --isa is of this CPU and --device names another: give one of them', {
          exitCode: 2,
        });
      }
      await roofline(words, flags);
    });
}

async function roofline(words: readonly string[], flags: RooflineFlags): Promise<void> {
  const targets = parseTargets(words, flags.batch);
  if (flags.html !== undefined) requireWritable(flags.html, '--html');
  const onWarning = (message: string): void => void process.stderr.write(`warning: ${message}\n`);
  const shown = flags.device ?? (await machine({ onWarning }));
  const choice = choiceOf(shown, flags);
  const groups = targets.map((target) => groupOf(target, shown, choice));
  let failure: unknown;
  if (flags.run) {
    const plan = { threads: flags.threads, isa: choice.isa as Isa };
    for (const { workload } of targets.flatMap(({ layers }) => layers))
      benchmarkPlan(workload, { plan, machine: shown });
    try {
      await runAll(targets, groups, shown, choice);
    } catch (error) {
      // An interrupt, or a layer that memory can't hold: what was measured before is still good.
      failure = error;
    }
  }

  const report: RooflineReport = {
    schemaVersion: 1,
    machine: shown,
    choice,
    ridgeOpsPerByte: ridgeOf(shown, choice),
    groups: groups.map((group) => ({ ...group, total: group.network === null ? null : totalOf(group.rows) })),
    reason: missingRoof(
      shown,
      choice,
      targets.flatMap(({ layers }) => layers),
    ),
  };
  const context = benchmarkContext(shown);
  const text = flags.json ? json({ ...report, context }) : describeRoofline(report);
  process.stdout.write(`${text}\n`);
  if (flags.html !== undefined) {
    const { rooflinePage } = await import('../../report/html/index.js');
    writePage(flags.html, await rooflinePage(report, context, { command: commandOf(words, flags) }));
  }
  if (failure !== undefined) throw failure;
}

/** The roofs that are meant: of this CPU's kernels, or of the first instruction set that a device names. */
function choiceOf(shown: Machine, { device, isa, threads, state }: RooflineFlags): RoofChoice {
  const type = machineType(shown);
  const named = device === undefined ? requestedIsa() : (shown.cpu.isa.at(-1) ?? '');
  return { type, isa: isa ?? named, threads, state };
}

function groupOf({ network, batch, layers }: Target, shown: Machine, choice: RoofChoice): RooflineGroup {
  const rows = layers.map(
    (layer): RooflineRow => ({ ...layerRoof(layer, shown, choice), run: null, ofRoofline: null }),
  );
  return { network, batch, rows, total: null };
}

/** Times every layer, alike ones once, and writes the runs into the rows of the groups. */
async function runAll(
  targets: readonly Target[],
  groups: readonly RooflineGroup[],
  here: Machine,
  { isa, threads, state }: RoofChoice,
): Promise<void> {
  const signal = abortOnInterrupt();
  const plan = { threads, isa: isa as Isa };
  const reporter = progress();
  const done = new Map<string, Pick<RooflineRow, 'run'>['run']>();
  const layers = targets.flatMap((target, i) =>
    target.layers.map((layer, j) => ({ layer, row: groups[i]?.rows[j] as RooflineRow })),
  );
  try {
    for (const [i, { layer, row }] of layers.entries()) {
      reporter.update(i, layers.length, row.name);
      const key = JSON.stringify(layer.workload);
      if (!done.has(key)) {
        const {
          plan: used,
          nanoseconds,
          opsPerSecond,
        } = await benchmark(layer.workload, {
          ...{ plan, state, machine: here, signal },
        });
        done.set(key, { plan: used, nanoseconds, opsPerSecond });
      }
      row.run = done.get(key) ?? null;
      if (row.run !== null && row.roofOpsPerSecond !== null)
        row.ofRoofline = row.run.opsPerSecond / row.roofOpsPerSecond;
    }
  } finally {
    reporter.done();
  }
}

function ridgeOf(shown: Machine, { type, isa, threads }: RoofChoice): number | null {
  const peak = opsCeiling(shown, { type, isa, threads });
  const bandwidth = bandwidthCeiling(shown, { level: 'dram', threads, kind: 'read' });
  return peak === null || bandwidth === null ? null : peak / bandwidth;
}

/** What makes the same page elsewhere. */
function commandOf(
  words: readonly string[],
  { run, batch, threads, state, isa, device }: RooflineFlags,
): string {
  const flags = [
    batch !== 1 && `--batch ${batch}`,
    threads !== 1 && `--threads ${threads}`,
    isa !== undefined && `--isa ${isa}`,
    state !== 'cold' && `--state ${state}`,
    device !== undefined && `--device ${device.cpu.model.toLowerCase().replaceAll(' ', '-')}`,
    run && '--run',
  ].filter((flag) => typeof flag === 'string');
  return ['npx rooftile roofline', ...words, ...flags, '--html roofline.html'].join(' ');
}
