import { runConv } from './conv.js';
import { runGemm } from './gemm.js';
import { runGru } from './gru.js';
import { runLstm } from './lstm.js';
import { runMatMul } from './matmul.js';
import type { Operator } from './operator.js';
import { runConstant, runIdentity, runTranspose } from './plumbing.js';

/** ONNX operators that our kernels compute: adding one is its file and one line here. */
export const KERNEL_OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['Conv', runConv],
  ['GRU', runGru],
  ['Gemm', runGemm],
  ['LSTM', runLstm],
  ['MatMul', runMatMul],
]);

/** Operators that only move data, so that a model may have them around those of the kernels. */
export const PLUMBING: ReadonlyMap<string, Operator> = new Map([
  ['Constant', runConstant],
  ['Identity', runIdentity],
  ['Transpose', runTranspose],
]);
