export {
  benchmarkNetwork,
  type NetworkBenchmarkOptions,
  type NetworkLayerRow,
  type NetworkRow,
} from './bench.js';
export { checkNetwork, type NetworkCheck } from './check.js';
export {
  type NetworkAsyncCall,
  type NetworkCall,
  type NetworkRunOptions,
  type PreparedNetwork,
  prepareNetwork,
  requireGraph,
} from './prepare.js';
export { referenceRun } from './reference.js';
export { seededWeights, type WeightSource, type Weights } from './weights.js';
