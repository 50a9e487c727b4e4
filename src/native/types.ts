import type { MachineAddon } from './machine.js';

export interface Addon extends MachineAddon {}
