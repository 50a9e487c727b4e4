export type { Residency } from './caches.js';
export { conv2dTraffic } from './conv2d.js';
export {
  type Conv2dReuse,
  conv2dCompulsoryBytes,
  conv2dLowerBoundBytes,
  conv2dReuse,
} from './conv2d-bounds.js';
export { conv2dResidency } from './conv2d-residency.js';
export { gemmCompulsoryBytes, gemmLowerBoundBytes, gemmTraffic } from './gemm.js';
export { residencyOf } from './gemm-residency.js';
export {
  type RecurrentReuse,
  recurrentReuse,
  rnnTraffic,
} from './rnn.js';
export { rnnCompulsoryBytes, rnnLowerBoundBytes } from './rnn-bounds.js';
export { rnnResidency } from './rnn-residency.js';
export { levelHolding, type Roof, roofline } from './roofline.js';
export { type Boundary, bytesOf, type State, type Traffic, type TrafficRow } from './rows.js';
