// rooftile and ONNX Runtime on the same layers and data, in turn.
//
//   npm run bench:peers -- gemm|conv2d|gru|lstm [SHAPE…] [--quick] [--threads 2] [--json]
import { Command } from 'commander';
import { explain } from '../../src/cli/errors.js';
import { jsonOption, parsePositiveInteger, threadsOption } from '../../src/cli/options.js';
import { progress } from '../../src/cli/progress.js';
import { storedMachine } from '../../src/machine/index.js';
import { benchmarkContext, describeContext } from '../../src/report/context.js';
import { json } from '../../src/report/json.js';
import { table } from '../../src/report/table.js';
import { gigaOps, nanoseconds } from '../../src/report/units.js';
import { parseConv2d } from '../../src/workloads/conv2d.js';
import { parseGemm } from '../../src/workloads/gemm.js';
import { parseRnn, type RnnKind } from '../../src/workloads/rnn.js';
import { type Contest, type ContestResult, hold } from './contest.js';
import { conv2dContest } from './conv2d.js';
import { gemmContest } from './gemm.js';
import { loadOnnxRuntime, type Peer } from './onnxruntime.js';
import { rnnContest } from './rnn.js';
import { CONV2D_SHAPES, GEMM_SHAPES, RNN_SHAPES, type ShapeList } from './shapes.js';

interface Kind {
  shapes: ShapeList;
  /** Throws a RangeError for a shape that is none. */
  open(shape: string): (peer: Peer, threads: number) => Contest;
}

const rnnKind = (kind: RnnKind): Kind => ({
  shapes: RNN_SHAPES,
  open: (shape) => rnnContest.bind(null, parseRnn(kind, shape)),
});

const KINDS: Readonly<Record<string, Kind>> = {
  gemm: { shapes: GEMM_SHAPES, open: (shape) => gemmContest.bind(null, parseGemm(shape)) },
  conv2d: { shapes: CONV2D_SHAPES, open: (shape) => conv2dContest.bind(null, parseConv2d(shape)) },
  gru: rnnKind('gru'),
  lstm: rnnKind('lstm'),
};

interface Flags {
  quick?: boolean;
  threads: number;
  milliseconds: number;
  json?: boolean;
}

async function compare(kind: string, named: string[], flags: Flags): Promise<void> {
  if (!Object.hasOwn(KINDS, kind)) {
    throw new RangeError(`'${kind}' is no kind of layer; there is ${Object.keys(KINDS).join(', ')}`);
  }
  const { shapes, open } = KINDS[kind] as Kind;
  const list = named.length > 0 ? named : flags.quick ? shapes.quick : shapes.all;
  // A bad last shape must fail now, not after minutes.
  const contests = list.map(open);
  const peer = loadOnnxRuntime();
  const context = benchmarkContext(storedMachine());
  const reporter = progress();
  const results = contests.map((contest, done) => {
    reporter.update(done, list.length, `${kind} ${list[done]}`);
    return hold(contest(peer, flags.threads), flags.milliseconds);
  });
  reporter.done();
  const { threads } = flags;
  const peers = { onnxruntime: peer.version };
  if (flags.json) {
    process.stdout.write(`${json({ schemaVersion: 1, context, peers, threads, contests: results })}\n`);
    return;
  }
  process.stderr.write(
    `${describeContext(context)}\n${kind}, f32, ${threads} thread${threads === 1 ? '' : 's'}, caches warm; ONNX Runtime ${peer.version}\n\n`,
  );
  process.stdout.write(`${describe(results)}\n`);
}

function describe(results: readonly ContestResult[]): string {
  const rows = results.flatMap(({ name, sides, ratios }) =>
    sides.map((side, at) => {
      const { min, median, p90 } = side.nanoseconds;
      const ratio = ratios[at];
      const figure = (value: number) => `${value.toFixed(2)}×`;
      return [
        at === 0 ? name : '',
        side.name,
        ...[min, median, p90].map(nanoseconds),
        gigaOps(side.opsPerSecond),
        ...(ratio
          ? [figure(ratio.best), figure(ratio.median), `${figure(ratio.low)} … ${figure(ratio.high)}`]
          : ['', '', '']),
      ];
    }),
  );
  const headers = [
    'layer',
    'by',
    'best',
    'median',
    'p90',
    'speed, best',
    'ratio, best',
    'ratio, median',
    '95 %',
  ];
  const aligned = headers.map((_, column) => (column < 2 ? 'left' : 'right'));
  return table(headers, rows, { align: aligned as ('left' | 'right')[] });
}

const EXAMPLES = `
A ratio is ONNX Runtime's time ÷ ours: above 1 where rooftile is faster. "best" compares the two shortest times, "median"
is that of the ratios of neighbouring samples, with its 95 % interval. Speeds count products with padding.

Examples:
  $ npm run bench:peers -- gemm --quick
  $ npm run bench:peers -- gemm 1x4096x4096 16x4096x4096 --threads 2
  $ npm run bench:peers -- conv2d mb1ic192ih13oc384oh13kh3ph1
  $ npm run bench:peers -- gru l4t50mb1sic400dhc400 --milliseconds 3000
  $ npm run --silent bench:peers -- gemm --json > gemm.json`;

const program = new Command('bench:peers')
  .description('Time rooftile and ONNX Runtime on the same layers and data, in turn')
  .argument('<kind>', Object.keys(KINDS).join(', '))
  .argument('[shapes...]', 'default: the layers of shapes.ts')
  .option('--quick', 'a few of the shapes only')
  .addOption(threadsOption())
  .option(
    '--milliseconds <n>',
    'time for each side of each layer',
    parsePositiveInteger('milliseconds'),
    1000,
  )
  .addOption(jsonOption())
  .addHelpText('after', EXAMPLES)
  .exitOverride()
  .action(compare);

try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  const { text, exitCode } = explain(error);
  if (text) console.error(text);
  process.exitCode = exitCode;
}
