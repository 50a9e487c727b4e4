export { gemmCompulsoryBytes, gemmLowerBoundBytes, gemmTraffic } from './gemm.js';
export { type Residency, residencyOf } from './residency.js';
export { levelHolding, type Roof, roofline } from './roofline.js';
export { type Boundary, bytesOf, type State, type Traffic, type TrafficRow } from './rows.js';
