import { FEW_ROWS_SHAPES, SQUARE_SHAPES } from '../shapes.js';

/** Shapes of a comparison; `quick` is a part of `all` that shows each regime once. */
export interface ShapeList {
  all: readonly string[];
  quick: readonly string[];
}

export const GEMM_SHAPES: ShapeList = {
  all: [
    ...['32x32x32', '64x64x64', ...SQUARE_SHAPES, '4096x4096x4096', '1000x1000x1000', '123x457x789'],
    ...[...FEW_ROWS_SHAPES, '16x4096x9216'],
  ],
  quick: ['64x64x64', '512x512x512', '1024x1024x1024', '1x4096x4096', '16x4096x4096'],
};

/** Layers of AlexNet, ResNet-50 and GoogLeNet, then depthwise ones of MobileNet. */
export const CONV2D_SHAPES: ShapeList = {
  all: [
    'ic3ih227oc96kh11sh4',
    'ic3ih224oc64kh11sh4ph2',
    'ic64ih27oc192kh5ph2',
    'ic192ih13oc384kh3ph1',
    'ic384ih13oc256kh3ph1',
    'ic192ih13oc192kh3ph1',
    'ic3ih224oc64kh7sh2ph3',
    'ic64ih56oc256kh1',
    'ic64ih56oc64kh3ph1',
    'ic256ih56oc64kh1',
    'ic128ih28oc128kh3ph1',
    'ic256ih14oc256kh3ph1',
    'ic1024ih14oc256kh1',
    'ic512ih7oc512kh3ph1',
    'ic2048ih7oc512kh1',
    'ic96ih28oc128kh3ph1',
    'ic16ih28oc32kh5ph2',
    'ic480ih14oc192kh1',
    'g512ic512ih14oc512kh3ph1',
    'g64ic64ih112oc64kh3sh2ph1',
  ],
  quick: [
    'ic192ih13oc192kh3ph1',
    'ic3ih224oc64kh7sh2ph3',
    'ic64ih56oc64kh3ph1',
    'ic256ih56oc64kh1',
    'g512ic512ih14oc512kh3ph1',
  ],
};

/** Layers of 400 over 50 steps: batch 1, 4 and 16, one layer and four. */
export const LSTM_SHAPES: ShapeList = {
  all: [1, 4].flatMap((layers) => [1, 4, 16].map((batch) => `l${layers}t50mb${batch}sic400dhc400`)),
  quick: ['l1t50mb1sic400dhc400', 'l1t50mb16sic400dhc400'],
};

/** The same, then with the reset gate behind the product. */
export const GRU_SHAPES: ShapeList = {
  all: [...LSTM_SHAPES.all, ...[1, 4, 16].map((batch) => `l1t50mb${batch}sic400dhc400lbr1`)],
  quick: LSTM_SHAPES.quick,
};
