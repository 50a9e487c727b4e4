import type { Operand } from '../theory/rows.js';

/**
 * What the experiments leave for charts and tables beside the claims' figures: optional keys of a ValidateReport.
 * A report without a key is a report without that section. GB = 10⁹ bytes, a multiply-accumulate is 2 operations.
 */
export interface ReportData {
  points?: RunPoint[];
  networks?: NetworkResult[];
  reuseProfile?: ReusePoint[];
  consistency?: ConsistencyFinding[];
  consistencyChecks?: ConsistencyCheckResult[];
}

/** `time`: measured here. `theory`: predicted. `article`: printed there. */
export type PointSource = 'time' | 'theory' | 'article';

/** Work on a device, as a point under its roofs. */
export interface RunPoint {
  /** For people: "B = 16", "conv2 of AlexNet", "gemm 1x4096x4096". */
  name: string;
  /** 'gemm', 'conv2d', 'gru', 'lstm' or 'network'. */
  kind: string;
  /** The model of the CPU or device. */
  device: string;
  source: PointSource;
  /** 2 per multiply-accumulate, products with padding included; null where it isn't known. */
  ops: number | null;
  /** Operations per byte, every operand moved once: the same for all roofs. */
  intensity: number;
  opsPerSecond: number;
  /** What the roofline allows at `intensity`; null where a ceiling is missing. */
  roofOpsPerSecond: number | null;
  /** 'compute' or the memory that limits it; null where a ceiling is missing. */
  bound: string | null;
}

/** A network at its compulsory and at its counted traffic, and its layers run here. */
export interface NetworkResult {
  /** As the command line names it. */
  name: string;
  batch: number;
  /** 2 per multiply-accumulate, products with padding included. */
  ops: number;
  /** Without products with padding. */
  validOps: number | null;
  intensities: NetworkIntensity[];
  /** What the article's roofline figure shows; null for a network that isn't in it. */
  article: { intensity: number; opsPerSecond: number | null } | null;
  layers: NetworkLayer[];
}

export interface NetworkIntensity {
  /** What of the network: "all layers" where it isn't said, or "convolutions", "weights of the convolutions", … */
  of?: string;
  device: string;
  elementBits: 8 | 16 | 32;
  /** Operations per byte at compulsory traffic. */
  compulsory: number;
  /** Operations per byte at counted DRAM traffic; null where nothing was counted for that device. */
  counted: number | null;
  /** What the device's roofline allows at `counted`, or at `compulsory` without it; null where a ceiling is missing. */
  roofOpsPerSecond: number | null;
}

export interface NetworkLayer {
  name: string;
  kind: string;
  /** As the command line reads it. */
  shape: string;
  ops: number;
  compulsoryBytes: number;
  /** Of the fastest run here; null: not run. */
  nanoseconds: number | null;
  opsPerSecond: number | null;
  /** Attained share of the roofline (1 is all of it). */
  ofRoofline: number | null;
  bound: string | null;
}

/** Lines fetched under one of the four strategies: how wide the data reaches, how often each line is then used. */
export interface ReusePoint {
  /** 'no reuse', 'weights reused', … */
  strategy: string;
  operand: Operand;
  /** Bytes of the data that is walked before a line of it is needed again. */
  extentBytes: number;
  /** Uses of a line for each time that it is fetched. */
  usesPerLine: number;
  /** Bytes fetched at this extent and use. */
  bytes: number;
}

/** What a check looked at and found. */
export interface ConsistencyCheckResult {
  /** Its id. */
  check: string;
  what: string;
  /** Figures and results of which it could judge, and how many findings it made. */
  points: number;
  findings: number;
}

/** A contradiction among results or claims. */
export interface ConsistencyFinding {
  /** Id of the check: 'above-roof', 'mac-or-op', … */
  check: string;
  /** Names of the points that contradict each other, or one that contradicts its bound. */
  points: string[];
  /** The numbers that were held against each other. */
  numbers: { name: string; unit: string; value: number }[];
  ratio: number | null;
  /** What explains it. */
  explanation: string;
}
