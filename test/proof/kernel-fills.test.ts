import { expect, test } from 'vitest';
import type { Plan } from '../../src/plans/plan.js';
import { bookingOf, differenceOf, kernelFills } from '../../src/proof/kernel-fills.js';

const KERNEL =
  'void rooftile::gemm::(anonymous namespace)::micro_kernel<rooftile::(anonymous namespace)::Avx2Vector>';
const PACK_WEIGHTS = 'rooftile::gemm::pack_weights_panel(float const*, long)';
const PACK_INPUTS = 'rooftile::gemm::pack_inputs_panel(float const*, long)';
const TRANSPOSE = 'rooftile::gemm::(anonymous namespace)::transpose_rows(float const*, long)';
const TO_BLOCKED = 'rooftile::conv::to_blocked(rooftile::conv::Geometry const&, long)';
const COPIES = ['__memcpy_avx_unaligned_erms', 'memmove', '__memset_avx2_unaligned'];

const prepared = { packWeights: true, prepared: true } as Plan;
const packed = { packWeights: true, prepared: false } as Plan;
const unpacked = { packWeights: false, prepared: false } as Plan;
const blocked = { layout: 'blocked' } as Plan;
const nchw = { layout: 'nchw' } as Plan;

test("never node's, the sweep's, the binding's or what prepares weights", () => {
  const names = [
    'v8::internal::Heap::AllocateRaw()',
    'memchr',
    'rooftile::CacheSweep::run() const',
    'rooftile::binding::start_timing(Napi::Env, unsigned long)',
    'rooftile::gemm::prepare_weights(long, long)',
    'rooftile::rnn::prepare(rooftile::rnn::RnnPlan const&)',
    'rooftile::conv::prepare_weights(rooftile::conv::Geometry const&)',
  ];
  for (const plan of [prepared, packed, unpacked, blocked, nchw]) {
    const { own } = bookingOf('gemm', plan);
    expect(names.filter(own)).toEqual([]);
    expect(own(KERNEL)).toBe(true);
  }
});

test('packing of weights where the run packs them', () => {
  expect([prepared, packed, unpacked].map((plan) => bookingOf('gemm', plan).own(PACK_WEIGHTS))).toEqual([
    false,
    true,
    false,
  ]);
  expect(bookingOf('gemm', prepared).own(PACK_INPUTS)).toBe(true);
});

test('the copies into blocks where the run makes them', () => {
  for (const name of [TO_BLOCKED, PACK_INPUTS, TRANSPOSE]) {
    expect(bookingOf('conv2d', blocked).own(name)).toBe(false);
    expect(bookingOf('conv2d', nchw).own(name)).toBe(true);
  }
});

test('the C library counts where a run copies through it', () => {
  const fills = new Map([KERNEL, ...COPIES].map((name) => [name, { d1: 10, lastLevel: 1 }]));
  fills.set('memchr', { d1: 1000, lastLevel: 1000 });
  fills.set('my_memcpy_like', { d1: 1000, lastLevel: 1000 });
  const of = (kind: string, plan: Plan) => kernelFills(fills, bookingOf(kind, plan));
  const [without, withCopies] = [
    { d1: 10, lastLevel: 1 },
    { d1: 40, lastLevel: 4 },
  ];
  expect([prepared, unpacked].map((plan) => of('gemm', plan))).toEqual([without, without]);
  expect(of('gemm', packed)).toEqual(withCopies);
  expect(of('conv2d', blocked)).toEqual(without);
  expect(of('conv2d', nchw)).toEqual({ d1: 20, lastLevel: 2 }); // it fills, and copies by itself
  for (const kind of ['gru', 'lstm']) expect(of(kind, {} as Plan)).toEqual(withCopies);
});

test('the difference of two processes is that of one run', () => {
  const [more, less] = [
    { d1: 1500, lastLevel: 100 },
    { d1: 500, lastLevel: 50 },
  ];
  expect(differenceOf(more, less, 4)).toEqual({ d1: 250, lastLevel: 12.5 });
});
