import type { Conv2dAddon } from './conv2d.js';
import type { GemmAddon } from './gemm.js';
import type { LayersAddon } from './layers.js';
import type { MachineAddon } from './machine.js';
import type { RnnAddon } from './rnn.js';

export interface Addon extends MachineAddon, GemmAddon, Conv2dAddon, RnnAddon, LayersAddon {
  /** Byte address of the buffer's first byte, modulo 4096. */
  addressOf(buffer: ArrayBuffer): number;
}

/** Work on another thread. `cancel` makes the promise reject with code 'ABORT_ERR' unless the work is done before. */
export interface Job<T> {
  promise: Promise<T>;
  cancel(): void;
  /** Of observed runs: the lines touched so far. */
  progress?(): number;
}
