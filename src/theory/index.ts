export type { Residency } from './caches.js';
export { gemmCompulsoryBytes, gemmLowerBoundBytes, gemmTraffic } from './gemm.js';
export { residencyOf } from './gemm-residency.js';
export { levelHolding, type Roof, roofline } from './roofline.js';
export { type Boundary, bytesOf, type State, type Traffic, type TrafficRow } from './rows.js';
