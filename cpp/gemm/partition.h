// How threads share C: a grid of thread_rows × thread_columns parts, cut at whole tiles and between lines of
// C. K is never split, so every element of C is summed in one order whatever the thread count: results are
// bitwise equal.
#pragma once

#include <cstdint>
#include <numeric>

#include "gemm/plan.h"

namespace rooftile::gemm {

struct Range {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
};

/** Part `part` of `parts` of 0..extent in units of `tile`: tiles ⌊part·tiles/parts⌋ up to the next part's
 * first. */
constexpr Range part_of(std::int64_t extent, std::int64_t tile, std::int64_t part, std::int64_t parts) {
  const std::int64_t tiles = ceil_div(extent, tile);
  const std::int64_t begin = tiles * part / parts * tile;
  const std::int64_t end = tiles * (part + 1) / parts * tile;
  return {begin < extent ? begin : extent, end < extent ? end : extent};
}

/** Rows of A that a micro-kernel call takes at most: one in order `none`, which must not reuse weights. */
constexpr std::int64_t row_tile(const GemmPlan& plan) {
  return plan.order == Order::none ? 1 : plan.mr;
}

/**
 * Columns between which threads may be cut: whole tiles that are whole lines too. Then no line of C is
 * written by two threads, if its rows begin with a line.
 */
constexpr std::int64_t column_cut(const GemmPlan& plan, const GemmShape& shape) {
  constexpr std::int64_t line_bytes = 64;
  return plan.nr * line_bytes / std::gcd(plan.nr * element_bytes(shape.types.outputs), line_bytes);
}

constexpr Range thread_rows(const GemmPlan& plan, const GemmShape& shape, std::int64_t thread) {
  return part_of(shape.m, row_tile(plan), thread % plan.thread_rows, plan.thread_rows);
}

constexpr Range thread_columns(const GemmPlan& plan, const GemmShape& shape, std::int64_t thread) {
  return part_of(shape.n, column_cut(plan, shape), thread / plan.thread_rows,
                 plan.threads / plan.thread_rows);
}

}  // namespace rooftile::gemm
