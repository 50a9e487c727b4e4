// Calls the addon's conv2d family in an environment of its own; see conv2d-async.test.ts.
import { addon, play, takesAway } from './async-environment.mjs';

const [{ qr, kr, block }] = addon.convTiles('scalar').filter(({ depthwise }) => !depthwise);
const size = takesAway ? 300 : 24;
const channels = 2 * block;
const operator = addon.conv2dOperator({
  ...{ batch: 1, groups: 1, channels, height: size, width: size, filters: channels },
  ...{ filterHeight: 1, filterWidth: 1, strideHeight: 1, strideWidth: 1 },
  ...{ dilationHeight: 1, dilationWidth: 1, padTop: 0, padLeft: 0, padBottom: 0, padRight: 0 },
  ...{ inputSliceChannels: 0, inputSliceOffset: 0, outputSliceChannels: 0, outputSliceOffset: 0 },
  ...{ low: -Infinity, high: Infinity, nchw: false, algorithm: 'direct' },
  ...{ isa: 'scalar', qr, kr, kb: kr, cb: block, pb: 1, order: 'blocked', threads: 2, threadRows: 2 },
});
const elements = addon.conv2dSizes(operator);
const inputs = new Float32Array(elements.inputs).fill(1);
const outputs = new Float32Array(elements.outputs);
const prepared = new Float32Array(elements.weights);
addon.conv2dPrepare(operator, new Float32Array(channels * channels).fill(1), null, prepared);
const operands = [operator, inputs, prepared, outputs, null];

await play({
  arrays: [inputs, prepared, outputs],
  run: () => addon.conv2dRunAsync(...operands).promise,
  right: () => outputs.every((value) => value === channels),
  endless: () => addon.conv2dTime(...operands, 1e6, 0).promise,
  count: (scopes) => addon.conv2dCount(...operands, scopes, false, false).promise,
});
