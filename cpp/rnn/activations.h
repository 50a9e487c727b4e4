// Sigmoid and tanh of vectors, within 3 ulp of the correctly rounded value over all floats; NaN stays NaN.
// Included by per-ISA files alone: unnamed namespace, no library calls.
#pragma once

namespace rooftile::rnn {
namespace {

/** exp(y) in parts, for y ≤ 0: 2^n and exp(r) − 1, with y = n·ln 2 + r and |r| ≤ ½ ln 2. */
template <class V>
struct ExpParts {
  typename V::Vec scale;  // 2^(n + bias)
  typename V::Vec expm1;
};

/** `bias` keeps 2^(n + bias) a normal number: n + bias in −126..127. */
template <class V>
inline ExpParts<V> exp_parts(typename V::Vec y, int bias) {
  using Vec = typename V::Vec;
  // Adding 1.5 · 2^23 rounds to a whole number and leaves it in the low bits, where it becomes an exponent.
  const Vec magic = V::set(12582912.0f + 127.0f + static_cast<float>(bias));
  const Vec shifted = V::fma(y, V::set(1.44269504f), magic);
  const Vec n = V::sub(shifted, magic);
  // ln 2 in two parts: n times the first is exact even without a fused multiply-add.
  Vec r = V::fma(n, V::set(-0.693359375f), y);
  r = V::fma(n, V::set(2.12194440e-4f), r);
  // (exp(r) − 1 − r) / r², minimax on |r| ≤ 0.3475 for the relative error of exp(r) − 1, which is 2^−28.7.
  Vec p = V::set(0x1.a1a05cp-13f);
  p = V::fma(p, r, V::set(0x1.6d7174p-10f));
  p = V::fma(p, r, V::set(0x1.111090p-7f));
  p = V::fma(p, r, V::set(0x1.5554b2p-5f));
  p = V::fma(p, r, V::set(0x1.555556p-3f));
  p = V::fma(p, r, V::set(0.5f));
  return {V::exponent_from(shifted), V::fma(V::mul(r, r), p, r)};
}

/** 1 / (1 + exp(−x)). */
template <class V>
inline typename V::Vec sigmoid(typename V::Vec x) {
  using Vec = typename V::Vec;
  const Vec one = V::set(1.0f);
  // exp(−|x|) never overflows; below −104 it rounds to 0. NaN is the second operand, and so stays.
  const Vec y = V::max(V::set(-104.0f), V::copy_sign(x, V::set(-1.0f)));
  // Results down to the smallest subnormal: scaled by 2^64 until the last product rounds once.
  const ExpParts<V> parts = exp_parts<V>(y, 64);
  const Vec e = V::mul(V::fma(parts.scale, parts.expm1, parts.scale), V::set(0x1p-64f));
  return V::div(V::where_negative(x, e, one), V::add(one, e));
}

/** With e = exp(−2|x|) − 1: −e / (2 + e), and the sign of x. */
template <class V>
inline typename V::Vec tanh(typename V::Vec x) {
  using Vec = typename V::Vec;
  // From 9.02 on the result is 1.
  const Vec magnitude = V::min(V::set(10.0f), V::copy_sign(x, V::set(1.0f)));
  const ExpParts<V> parts = exp_parts<V>(V::mul(magnitude, V::set(-2.0f)), 0);
  const Vec e = V::fma(parts.scale, parts.expm1, V::sub(parts.scale, V::set(1.0f)));
  return V::copy_sign(V::div(e, V::add(V::set(2.0f), e)), x);
}

}  // namespace
}  // namespace rooftile::rnn
