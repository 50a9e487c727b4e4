// The table of one ISA's kernels. Included by per-ISA files alone: unnamed namespace.
#pragma once

#include "layers/elementwise_body.h"
#include "layers/lrn_body.h"
#include "layers/pool_body.h"

namespace rooftile::layers {
namespace {

template <class V, int kBlock>
constexpr LayerKernels kernels_of(Isa isa) {
  return {isa,
          kBlock,
          {pool_row<V, kBlock, Largest, kWindows[0]>, pool_row<V, kBlock, Largest, kWindows[1]>,
           pool_row<V, kBlock, Largest, kWindows[2]>},
          {pool_row<V, kBlock, Average, kWindows[0]>, pool_row<V, kBlock, Average, kWindows[1]>,
           pool_row<V, kBlock, Average, kWindows[2]>},
          {lrn_pixels<V, kBlock, 0>, lrn_pixels<V, kBlock, 1>, lrn_pixels<V, kBlock, 2>,
           lrn_pixels<V, kBlock, 3>, lrn_pixels<V, kBlock, 4>},
          add_run<V>,
          softmax_row<V>};
}

}  // namespace
}  // namespace rooftile::layers
