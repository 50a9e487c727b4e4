import { benchmarkNetwork, checkNetwork, type NetworkRow, requireGraph } from '../../executor/index.js';
import { machine } from '../../machine/index.js';
import type { Isa } from '../../machine/types.js';
import { networkNamed } from '../../networks/index.js';
import type { Accuracy } from '../../plans/conv2d-algorithm.js';
import { benchmarkContext, describeContext } from '../../report/context.js';
import { json } from '../../report/json.js';
import { describeNetwork } from '../../report/network.js';
import { abortOnInterrupt, CheckFailed } from '../errors.js';
import { progress } from '../progress.js';

/** Flags of `bench` that networks take. */
export interface BenchNetworkFlags {
  threads: number;
  isa?: Isa;
  accuracy: Accuracy;
  batch?: number;
  check?: boolean;
  milliseconds: number;
  json?: boolean;
}

/** `rooftile bench network NAME…`: whole networks, their layers and what they move. */
export async function benchNetworks(names: readonly string[], flags: BenchNetworkFlags): Promise<void> {
  const { threads, isa, accuracy, batch = 1, milliseconds } = flags;
  // A name that isn't there must be said before the first network runs.
  const networks = names.map((name) => networkNamed(name, { batch }));
  networks.forEach(requireGraph);
  const signal = abortOnInterrupt();
  const here = await machine({ onWarning: (message) => void process.stderr.write(`warning: ${message}\n`) });
  const context = benchmarkContext(here);
  const options = { threads, accuracy, ...(isa && { isa }) };
  const rows: (NetworkRow & { check?: { relativeError: number; tolerance: number } })[] = [];
  let failure: unknown;
  const reporter = progress();
  try {
    for (const [done, network] of networks.entries()) {
      reporter.update(done, networks.length, network.name);
      const row = await benchmarkNetwork(network, { ...options, machine: here, milliseconds, signal });
      rows.push(flags.check ? { ...row, check: checkNetwork(network, options) } : row);
    }
  } catch (error) {
    failure = error; // what was measured before is still good
  }
  reporter.done();

  if (flags.json) process.stdout.write(`${json({ schemaVersion: 1, context, networks: rows })}\n`);
  else if (rows.length > 0) {
    process.stderr.write(`${describeContext(context)}\n\n`);
    process.stdout.write(`${rows.map(described).join('\n\n\n')}\n`);
  }
  if (failure !== undefined) throw failure;
  const wrong = rows.filter(({ check }) => check !== undefined && !(check.relativeError <= check.tolerance));
  if (wrong.length > 0) {
    throw new CheckFailed(`not what fp64 says: ${wrong.map(({ network }) => network).join(', ')}`);
  }
}

function described(row: NetworkRow & { check?: { relativeError: number } }): string {
  const text = describeNetwork(row);
  return row.check === undefined
    ? text
    : `${text}\n\nLargest difference from a run in fp64: ${row.check.relativeError.toExponential(1)} of the largest output`;
}
