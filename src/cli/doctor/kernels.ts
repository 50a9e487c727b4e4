import { testConv2dTiles } from '../../kernels/conv2d-self-test.js';
import { testRnnTiles } from '../../kernels/rnn-self-test.js';
import { testMicroTiles } from '../../kernels/self-test.js';
import { probeMachine } from '../../machine/index.js';
import type { Isa } from '../../machine/types.js';
import { addon } from '../../native/addon.js';
import { ARITHMETICS } from '../../workloads/gemm-types.js';
import { type Check, ok, problem } from './check.js';

/** Which instructions each arithmetic uses, as the names of its kernels say: VNNI, bf16, or what stands in for them. */
export function checkInstructions(name: string): Check {
  const known = addon().cpuInfo().isa;
  const isa = known.find((one) => one === process.env.ROOFTILE_ISA) ?? (known.at(-1) as Isa);
  const kernels = ARITHMETICS.map(
    (arithmetic) => `${arithmetic} ${addon().microTiles(isa, arithmetic)[0]?.name}`,
  );
  return ok(name, kernels.join('\n'));
}

/** Every kernel of every ISA of this CPU against its reference. */
export function checkKernels(name: string): Check {
  const [machine, known] = [probeMachine(), addon().cpuInfo().isa];
  const tests = [
    ...testMicroTiles(machine, known),
    ...testConv2dTiles(machine, known),
    ...testRnnTiles(machine, known),
  ];
  const failed = tests.filter(({ wrong }) => wrong > 0);
  if (failed.length === 0) {
    const isas = [...new Set(tests.map(({ isa }) => isa))].join(', ');
    return ok(name, `all ${tests.length} micro-tiles (${isas}) agree with the reference`);
  }
  const names = failed.map(({ isa, tile, wrong }) => `${isa} ${tile}: ${wrong} elements differ`);
  return problem(
    name,
    names.join('; '),
    'rebuild (`npm run build`); if it stays, force another with ROOFTILE_ISA and report it',
  );
}
