// Kernel tables for the scalar ISA whose kernels compute nothing and write down their calls. A test program
// that includes this once brings the tables with it: the linker takes them before the library's.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "conv/micro_kernel.h"
#include "conv/micro_tiles.h"
#include "gemm/micro_kernel.h"
#include "gemm/micro_tiles.h"
#include "rnn/step_kernel.h"
#include "rnn/step_tiles.h"

namespace rooftile::test {

/** An array that the caller of a kernel family owns. */
struct OwnedArray {
  OwnedArray(const void* first, std::int64_t bytes)
      : begin(reinterpret_cast<std::uintptr_t>(first)), end(begin + static_cast<std::uintptr_t>(bytes)) {}
  bool holds(std::uintptr_t address) const { return address >= begin && address < end; }
  std::uintptr_t begin, end;
};

constexpr std::int64_t kNull = -1, kScratch = -2;

/** An argument that points somewhere: the number of an owned array or one of the above, and bytes into it. */
struct Place {
  std::int64_t array;
  std::uintptr_t offset;
  auto operator<=>(const Place&) const = default;
};

/** Which kernel, and all that it was given. */
struct KernelCall {
  std::vector<std::int64_t> numbers;
  std::vector<Place> places;
  auto operator<=>(const KernelCall&) const = default;
};
using KernelCalls = std::vector<KernelCall>;

class KernelRecorder {
 public:
  void add(std::initializer_list<std::int64_t> numbers, std::initializer_list<const void*> addresses) {
    KernelCall call{numbers, {}};
    for (const void* address : addresses) {
      call.places.push_back({kScratch, reinterpret_cast<std::uintptr_t>(address)});
    }
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }

  /**
   * The calls since the last `take`, in their order. What lies in none of `arrays` is scratch, which has
   * another place in every run: its addresses are told from the lowest that a kernel was given in the same
   * argument.
   */
  KernelCalls take(const std::vector<OwnedArray>& arrays) {
    KernelCalls calls;
    calls.swap(calls_);
    std::vector<std::uintptr_t> lowest;
    for (KernelCall& call : calls) {
      lowest.resize(std::max(lowest.size(), call.places.size()), ~std::uintptr_t{0});
      for (std::size_t i = 0; i < call.places.size(); ++i) {
        Place& place = call.places[i];
        place = place_of(place.offset, arrays);
        if (place.array == kScratch) lowest[i] = std::min(lowest[i], place.offset);
      }
    }
    for (KernelCall& call : calls) {
      for (std::size_t i = 0; i < call.places.size(); ++i) {
        if (call.places[i].array == kScratch) call.places[i].offset -= lowest[i];
      }
    }
    return calls;
  }

 private:
  static Place place_of(std::uintptr_t address, const std::vector<OwnedArray>& arrays) {
    if (address == 0) return {kNull, 0};
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (arrays[i].holds(address)) return {static_cast<std::int64_t>(i), address - arrays[i].begin};
    }
    return {kScratch, address};
  }

  std::mutex mutex_;
  KernelCalls calls_;
};

inline KernelRecorder recorder;

inline std::int64_t bits(float value) {
  return std::bit_cast<std::int32_t>(value);
}

/** A table of Make's kernels, one for each index. */
template <class Kernel, template <int> class Make, int... kIndex>
constexpr std::array<Kernel, sizeof...(kIndex)> table(std::integer_sequence<int, kIndex...>) {
  return {&Make<kIndex>::kernel...};
}

template <int kMr, int kNr, bool kPackedA, bool kMaskedB>
struct GemmRecorder {
  template <int kRowsLessOne>
  struct Rows {
    static void kernel(const gemm::MicroTileCall& c) {
      recorder.add(
          {0, kMr, kNr, kPackedA, kMaskedB, kRowsLessOne + 1, c.kc, c.a_stride, c.b_stride, c.b_panel_stride,
           c.c_stride, bits(c.alpha), bits(c.beta), c.columns, c.stage != nullptr, c.last, c.row, c.column},
          {c.a, c.b, c.c});
    }
  };
  static constexpr auto kTable = table<gemm::MicroKernel, Rows>(std::make_integer_sequence<int, kMr>());
};

template <int kMr, int kNr>
constexpr gemm::MicroTile gemm_tile() {
  return {Isa::scalar,
          kMr,
          kNr,
          ROOFTILE_PANEL_SCALAR,
          "recording",
          {{GemmRecorder<kMr, kNr, false, false>::kTable.data(),
            GemmRecorder<kMr, kNr, false, true>::kTable.data()},
           {GemmRecorder<kMr, kNr, true, false>::kTable.data(),
            GemmRecorder<kMr, kNr, true, true>::kTable.data()}}};
}

template <bool kDepthwise, int kQr, int kKr, int kSecond, int kStep>
struct ConvRecorder {
  template <int kColumnsLessOne>
  struct Columns {
    static void kernel(const conv::ConvTileCall& c) {
      recorder.add({1,
                    kDepthwise,
                    kQr,
                    kKr,
                    kSecond,
                    kStep,
                    kColumnsLessOne + 1,
                    c.column_step,
                    c.tap_step,
                    c.row_step,
                    c.block_step,
                    c.weights_block_step,
                    c.filter_rows,
                    c.skipped_rows,
                    c.window,
                    c.filter_width,
                    c.tap_begin,
                    c.taps,
                    c.edges == nullptr,
                    c.channel_blocks,
                    c.channels,
                    c.last_channels,
                    c.dense,
                    c.output_block_step,
                    c.stored,
                    bits(c.low),
                    bits(c.high)},
                   {c.inputs, c.weights, c.bias, c.outputs, c.addend});
    }
  };
  static constexpr auto kTable = table<conv::ConvKernel, Columns>(std::make_integer_sequence<int, kQr>());
};

template <bool kDepthwise, int kQr, int kKr>
constexpr conv::ConvTile conv_tile() {
  return {Isa::scalar,
          kQr,
          kKr,
          ROOFTILE_CONV_BLOCK_SCALAR,
          kDepthwise,
          "recording",
          {{ConvRecorder<kDepthwise, kQr, kKr, 0, 0>::kTable.data(),
            ConvRecorder<kDepthwise, kQr, kKr, 0, 1>::kTable.data(),
            ConvRecorder<kDepthwise, kQr, kKr, 0, 2>::kTable.data()},
           {ConvRecorder<kDepthwise, kQr, kKr, 1, 0>::kTable.data(),
            ConvRecorder<kDepthwise, kQr, kKr, 1, 1>::kTable.data(),
            ConvRecorder<kDepthwise, kQr, kKr, 1, 2>::kTable.data()}},
          {}};
}

template <rnn::Pass kPass, int kMr, int kNr>
struct StepRecorder {
  static constexpr int kPanels = kNr / ROOFTILE_RNN_PANEL_SCALAR;
  template <int kIndex>
  struct Size {
    static void kernel(const rnn::StepCall& c) {
      recorder.add(
          {2, static_cast<int>(kPass), kMr, kNr, kIndex / kPanels + 1, kIndex % kPanels + 1, c.depth,
           c.panel_stride, c.projected_stride, c.state_stride, c.y_stride, c.y_padded, c.units, c.time},
          {c.in, c.weights, c.projected, c.h, c.h_next, c.gated, c.z, c.c, c.y, c.lengths});
    }
  };
  static constexpr auto kTable =
      table<rnn::StepKernel, Size>(std::make_integer_sequence<int, kMr * kPanels>());
};

template <int kMr, int kNr>
constexpr rnn::StepTile step_tile() {
  return {Isa::scalar,
          kMr,
          kNr,
          ROOFTILE_RNN_PANEL_SCALAR,
          "recording",
          {StepRecorder<rnn::Pass::gru_gates, kMr, kNr>::kTable.data(),
           StepRecorder<rnn::Pass::gru_candidate, kMr, kNr>::kTable.data(),
           StepRecorder<rnn::Pass::gru, kMr, kNr>::kTable.data(),
           StepRecorder<rnn::Pass::lstm, kMr, kNr>::kTable.data()}};
}

}  // namespace rooftile::test

std::span<const rooftile::gemm::MicroTile> rooftile::gemm::micro_tiles_scalar() {
#define ROOFTILE_TILE(mr, nr, isa) test::gemm_tile<mr, nr>(),
  static constexpr MicroTile kTiles[] = {ROOFTILE_TILES_SCALAR(ROOFTILE_TILE, scalar)};
#undef ROOFTILE_TILE
  return kTiles;
}

std::span<const rooftile::conv::ConvTile> rooftile::conv::conv_tiles_scalar() {
#define ROOFTILE_TILE(qr, kr) test::conv_tile<false, qr, kr>(),
#define ROOFTILE_DEPTHWISE(qr, kr, most_taps) test::conv_tile<true, qr, kr>(),
  static constexpr ConvTile kTiles[] = {ROOFTILE_CONV_TILES_SCALAR(ROOFTILE_TILE)
                                            ROOFTILE_DEPTHWISE_TILES_SCALAR(ROOFTILE_DEPTHWISE)};
#undef ROOFTILE_TILE
#undef ROOFTILE_DEPTHWISE
  return kTiles;
}

const rooftile::rnn::StepKernels& rooftile::rnn::step_kernels_scalar() {
#define ROOFTILE_TILE(mr, nr, isa) test::step_tile<mr, nr>(),
  static constexpr StepTile kTiles[] = {ROOFTILE_RNN_TILES_SCALAR(ROOFTILE_TILE, scalar)};
#undef ROOFTILE_TILE
  static constexpr StepKernels kKernels = {kTiles, nullptr, nullptr};
  return kKernels;
}
