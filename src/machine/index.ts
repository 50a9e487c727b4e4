import { addon } from '../native/addon.js';
import { type CalibrateOptions, calibrate } from './calibrate.js';
import { probeMachine } from './probe.js';
import { loadCalibration, type OnWarning, saveCalibration } from './store.js';
import type { Isa, Machine } from './types.js';

export { calibrate } from './calibrate.js';
export { bandwidthCeiling, opsCeiling } from './ceilings.js';
export { deviceNamed, deviceNames } from './devices.js';
export { parseMachine, readMachineFile } from './parse.js';
export { probeMachine } from './probe.js';
export * from './types.js';

export interface MachineOptions extends CalibrateOptions {
  /** true: measure if no calibration is stored; 'force': measure anew. Default: false. */
  calibrate?: boolean | 'force';
  /** A stored calibration that was broken, or one that couldn't be stored: each reported once. */
  onWarning?: OnWarning;
}

/**
 * This machine: its stored calibration; measured now if asked for and there is none; else what a probe tells.
 * Rejects with the signal's reason when a measurement is aborted.
 */
export async function machine(options: MachineOptions = {}): Promise<Machine> {
  const stored = options.calibrate === 'force' ? null : loadCalibration(options.onWarning);
  if (stored !== null) return stored;
  if (!options.calibrate) return probeMachine();
  const measured = await calibrate(options);
  // A quick one must not stand in for the real one from now on.
  if (!options.quick) saveCalibration(measured, options.onWarning);
  return measured;
}

/** The stored calibration, or what a probe tells. Never measures. */
export function storedMachine(onWarning?: OnWarning): Machine {
  return loadCalibration(onWarning) ?? probeMachine();
}

/**
 * The ISA that ROOFTILE_ISA names, or the best that this CPU has. Throws an Error with code 'ROOFTILE_ISA' for an
 * unknown name or an ISA that this CPU lacks.
 */
export function requestedIsa(): Isa {
  const supported = addon().cpuInfo().isa;
  const name = process.env.ROOFTILE_ISA;
  const found = name ? supported.find((isa) => isa === name) : supported.at(-1);
  if (found !== undefined) return found;
  const text = `ROOFTILE_ISA is '${name}', but this CPU has ${supported.join(', ')}`;
  throw Object.assign(new Error(text), { code: 'ROOFTILE_ISA' });
}
