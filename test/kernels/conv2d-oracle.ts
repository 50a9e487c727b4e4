import { type Conv2dShape, conv2dWorkload, outputHeight, outputWidth } from '../../src/workloads/conv2d.js';

export interface Conv2dArrays {
  inputs: Float32Array<ArrayBuffer>;
  weights: Float32Array<ArrayBuffer>;
  bias: Float32Array<ArrayBuffer>;
  outputs: Float32Array<ArrayBuffer>;
}

/** Whole numbers so small that every sum is exact in fp32, in whatever order it is taken; outputs are NaN. */
export function conv2dArrays(shape: Conv2dShape): Conv2dArrays {
  const w = conv2dWorkload(shape);
  const array = (length: number, at: (i: number) => number) => Float32Array.from({ length }, (_, i) => at(i));
  return {
    inputs: array(w.batch * w.channels * w.height * w.width, (i) => ((i * 7 + (i >> 3)) % 9) - 4),
    weights: array(
      w.filters * (w.channels / w.groups) * w.filterHeight * w.filterWidth,
      (i) => ((i * 5 + (i >> 4)) % 7) - 3,
    ),
    bias: array(w.filters, (i) => ((i * 3) % 11) - 5),
    outputs: array(w.batch * w.filters * outputHeight(w) * outputWidth(w), () => Number.NaN),
  };
}

/** The definition, in fp64: ONNX's Conv, then the activation. */
export function conv2dExpected(
  shape: Conv2dShape,
  { inputs, weights, bias }: Pick<Conv2dArrays, 'inputs' | 'weights'> & { bias?: Float32Array },
): Float32Array {
  const w = conv2dWorkload(shape);
  const [rows, columns] = [outputHeight(w), outputWidth(w)];
  const [groupChannels, groupFilters] = [w.channels / w.groups, w.filters / w.groups];
  const low = w.activation === 'none' ? Number.NEGATIVE_INFINITY : w.activation === 'relu' ? 0 : w.clipLow;
  const high = w.activation === 'clip' ? w.clipHigh : Number.POSITIVE_INFINITY;
  const outputs = new Float32Array(w.batch * w.filters * rows * columns);
  let at = 0;
  for (let n = 0; n < w.batch; ++n) {
    for (let k = 0; k < w.filters; ++k) {
      const firstChannel = Math.floor(k / groupFilters) * groupChannels;
      for (let p = 0; p < rows; ++p) {
        for (let q = 0; q < columns; ++q, ++at) {
          let sum = bias?.[k] ?? 0;
          for (let c = 0; c < groupChannels; ++c) {
            for (let r = 0; r < w.filterHeight; ++r) {
              const y = p * w.strideHeight + r * w.dilationHeight - w.padTop;
              if (y < 0 || y >= w.height) continue;
              for (let s = 0; s < w.filterWidth; ++s) {
                const x = q * w.strideWidth + s * w.dilationWidth - w.padLeft;
                if (x < 0 || x >= w.width) continue;
                const channel = n * w.channels + firstChannel + c;
                sum +=
                  (inputs[(channel * w.height + y) * w.width + x] as number) *
                  (weights[((k * groupChannels + c) * w.filterHeight + r) * w.filterWidth + s] as number);
              }
            }
          }
          outputs[at] = sum < low ? low : sum > high ? high : sum;
        }
      }
    }
  }
  return outputs;
}
