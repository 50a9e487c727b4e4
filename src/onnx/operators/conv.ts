import { conv2d } from '../../kernels/conv2d.js';
import { type ConvGeometry, conv2dShape, convGeometry } from '../conv.js';
import { OnnxError } from '../error.js';
import { elementCount, type Tensor } from '../tensor.js';
import type { Window } from '../windows.js';
import {
  type Call,
  type FloatTensor,
  floats,
  floatTensor,
  newTensor,
  optionalFloats,
  requireDims,
} from './operator.js';
import { strides, transposed } from './plumbing.js';

/** A convolution in one, two or three dimensions, through the 2-D kernel. */
export function runConv(call: Call): Tensor[] {
  const { attributes, what } = call;
  const [x, weights, bias] = [floats(call, 0), floats(call, 1), optionalFloats(call, 2)];
  const geometry = convGeometry(attributes, x.dims, weights.dims, what);
  if (bias !== undefined) requireDims(`${what}: its bias`, bias, [geometry.filters]);
  const { batch, filters, windows } = geometry;
  if (windows.length > 3)
    throw new OnnxError(`${what} is a convolution in ${windows.length} dimensions, not 1 to 3`);
  const outputs = windows.map(({ output }) => output);
  if (windows.length < 3) return [convolve(geometry, x, weights, bias, [batch, filters, ...outputs])];

  // The depth of a 3-D convolution becomes channels and batch: the image of an output depth has, for each channel, the
  // input slices under the taps of its depth, and weights [K][C/groups][Fd][Fh][Fw] are those of C·Fd channels as they
  // are. So every product and sum is the 2-D kernel's.
  const [depth, ...plane] = windows as [Window, Window, Window];
  const images = slicesByOutput(x, depth);
  const flat: ConvGeometry = {
    ...geometry,
    batch: batch * depth.output,
    channels: geometry.channels * depth.kernel,
    windows: plane,
  };
  const y = convolve(flat, images, weights, bias, [batch, depth.output, filters, ...outputs.slice(1)]);
  return [transposed(y, [0, 2, 1, 3, 4])];
}

function convolve(
  geometry: ConvGeometry,
  x: FloatTensor,
  weights: FloatTensor,
  bias: FloatTensor | undefined,
  dims: readonly number[],
): FloatTensor {
  const y = newTensor(dims);
  conv2d({
    ...conv2dShape(geometry),
    ...{ inputs: x.data, weights: weights.data, outputs: y.data },
    ...(bias === undefined ? {} : { bias: bias.data }),
  });
  return y;
}

/** [N][C][D][H][W] as [N][outputs][C][taps][H][W]: the slices of each output depth; zeros where a tap is on padding. */
function slicesByOutput(x: FloatTensor, depth: Window): FloatTensor {
  const [batch, channels, , ...plane] = x.dims as [number, number, number, ...number[]];
  const result = newTensor([batch, depth.output, channels, depth.kernel, ...plane]);
  const size = elementCount(plane);
  const [ofImage, ofChannel] = strides(x.dims) as [number, number];
  let to = 0;
  for (let image = 0; image < batch; ++image) {
    for (let output = 0; output < depth.output; ++output) {
      for (let channel = 0; channel < channels; ++channel) {
        for (let tap = 0; tap < depth.kernel; ++tap, to += size) {
          const slice = output * depth.stride + tap * depth.dilation - depth.padBegin;
          if (slice < 0 || slice >= depth.input) continue;
          const from = image * ofImage + channel * ofChannel + slice * size;
          result.data.set(x.data.subarray(from, from + size), to);
        }
      }
    }
  }
  return floatTensor([batch * depth.output, channels * depth.kernel, ...plane], result.data);
}
