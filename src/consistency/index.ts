export { type ConsistencyCheck, checkConsistency, consistencyChecks, type Finding } from './checks.js';
export type { NamedNumber } from './discrepancies.js';
export type { DataPoint } from './points.js';
