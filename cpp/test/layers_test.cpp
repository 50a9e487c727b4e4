// The layers of every ISA against plain loops in double, over windows, padding, steps, tails of channels,
// strides between images and thread counts; guarded pages around every array.
#include "layers/layers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "check.h"
#include "guarded.h"
#include "isas.h"

using namespace rooftile;
using layers::Axis;
using layers::Kind;
using layers::LayerPlan;
using layers::LayerShape;

namespace {

std::mt19937 random_bits(7);
float random_float() {
  return std::uniform_real_distribution<float>(-2.0f, 2.0f)(random_bits);
}

/** Plain numbers [image][channel][row][column]. */
struct Image {
  std::int64_t batch, channels, rows, columns;
  std::vector<double> values;
  Image(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w)
      : batch(n), channels(c), rows(h), columns(w), values(static_cast<std::size_t>(n * c * h * w)) {}
  double& at(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) {
    return values[static_cast<std::size_t>(((n * channels + c) * rows + h) * columns + w)];
  }
};

Image random_image(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) {
  Image image(n, c, h, w);
  for (double& value : image.values) value = random_float();
  return image;
}

/** An image in blocks, images `stride` floats apart, behind a guarded page. */
struct Blocked {
  std::int64_t block, stride, extent;
  test::GuardedFloats memory;
  Blocked(const Image& i, std::int64_t of_block, std::int64_t gap, bool at_end)
      : block(of_block),
        stride((i.channels + of_block - 1) / of_block * of_block * i.rows * i.columns + gap),
        extent(i.batch * stride - gap),
        memory(extent, at_end) {}
  float& at(const Image& i, std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) {
    return memory.data()[n * stride + ((c / block * i.rows + h) * i.columns + w) * block + c % block];
  }
};

void fill(Blocked& to, Image& from) {
  std::fill_n(to.memory.data(), to.extent, 0.0f);
  for (std::int64_t n = 0; n < from.batch; ++n) {
    for (std::int64_t c = 0; c < from.channels; ++c) {
      for (std::int64_t h = 0; h < from.rows; ++h) {
        for (std::int64_t w = 0; w < from.columns; ++w) {
          to.at(from, n, c, h, w) = static_cast<float>(from.at(n, c, h, w));
        }
      }
    }
  }
}

Image reference(const LayerShape& s, Image& a, Image& b) {
  Image y(s.batch, s.channels, s.rows.outputs, s.columns.outputs);
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t c = 0; c < s.channels; ++c) {
      for (std::int64_t p = 0; p < y.rows; ++p) {
        for (std::int64_t q = 0; q < y.columns; ++q) {
          double& to = y.at(n, c, p, q);
          if (s.kind == Kind::add) {
            const double sum = a.at(n, c, p, q) + b.at(n, c, p, q);
            to = sum < s.clip_low ? s.clip_low : sum > s.clip_high ? s.clip_high : sum;
          } else if (s.kind == Kind::lrn) {
            double squares = 0;
            for (std::int64_t i = 0; i < s.size; ++i) {
              const std::int64_t from = c - (s.size - 1) / 2 + i;
              if (from >= 0 && from < s.channels) squares += a.at(n, from, p, q) * a.at(n, from, p, q);
            }
            to = a.at(n, c, p, q) / std::pow(s.bias + s.alpha / static_cast<double>(s.size) * squares,
                                             static_cast<double>(s.beta));
          } else {
            double sum = 0, most = -INFINITY;
            std::int64_t count = 0;
            for (std::int64_t i = 0; i < s.rows.window; ++i) {
              for (std::int64_t j = 0; j < s.columns.window; ++j) {
                const std::int64_t h = p * s.rows.stride - s.rows.pad_begin + i * s.rows.dilation;
                const std::int64_t w = q * s.columns.stride - s.columns.pad_begin + j * s.columns.dilation;
                const bool inside = h >= 0 && h < a.rows && w >= 0 && w < a.columns;
                const bool padded = h < a.rows + s.rows.pad_end && w < a.columns + s.columns.pad_end;
                if (inside || (s.count_padding && padded)) ++count;
                if (!inside) continue;
                const double x = a.at(n, c, h, w);
                sum += x;
                if (std::isnan(x) || x > most) most = std::isnan(most) ? most : x;
              }
            }
            to = s.kind == Kind::max_pool ? most : sum / static_cast<double>(count);
          }
        }
      }
    }
  }
  return y;
}

/** Runs a shape with every thread count and guard, and compares each output and that the rest stays as it
 * was. */
void check_blocked(Isa isa, LayerShape s, Image& a, Image& b, std::int64_t gap) {
  Image expected = reference(s, a, b);
  const std::int64_t block = layers::channel_block(isa);
  std::vector<float> first;
  for (const std::int64_t threads : {1, 2, 5}) {
    for (const bool at_end : {false, true}) {
      Blocked x(a, block, gap, at_end), addend(b, block, 2 * gap, at_end),
          y(expected, block, 3 * gap, at_end);
      fill(x, a);
      fill(addend, b);
      std::fill_n(y.memory.data(), y.extent, 777.0f);
      s.input_stride = x.stride;
      s.addend_stride = addend.stride;
      s.output_stride = y.stride;
      const LayerPlan plan{isa, threads};
      CHECK_EQ(layers::layer_error(s, plan), "");
      const layers::Units units(s, plan);
      CHECK(layers::run(s, plan, units, {x.memory.data(), addend.memory.data(), y.memory.data()}));
      double worst = 0;
      for (std::int64_t n = 0; n < s.batch; ++n) {
        for (std::int64_t c = 0; c < s.channels; ++c) {
          for (std::int64_t p = 0; p < expected.rows; ++p) {
            for (std::int64_t q = 0; q < expected.columns; ++q) {
              const double found = y.at(expected, n, c, p, q), wanted = expected.at(n, c, p, q);
              if (std::isnan(wanted) && std::isnan(found)) continue;
              const double error = std::abs(found - wanted) / (1 + std::abs(wanted));
              worst = error <= worst ? worst : error;  // NaN is the worst
            }
          }
        }
      }
      CHECK(worst < 2e-6);
      // Channels of padding are zeros again, and the gaps between images are nobody's.
      const std::int64_t image = y.stride - 3 * gap;
      for (std::int64_t i = 0; i < y.extent; ++i) {
        if (i % y.stride >= image) CHECK_EQ(y.memory.data()[i], 777.0f);
      }
      for (std::int64_t c = s.channels; c % block != 0 && s.batch > 0; ++c) {
        CHECK_EQ(y.at(expected, s.batch - 1, c, expected.rows - 1, expected.columns - 1), 0.0f);
      }
      std::vector<float> bits(y.memory.data(), y.memory.data() + y.extent);
      if (first.empty()) first = bits;
      CHECK(std::memcmp(first.data(), bits.data(), bits.size() * sizeof(float)) == 0);
    }
  }
}

Axis axis(std::int64_t size, std::int64_t window, std::int64_t stride, std::int64_t begin, std::int64_t end,
          bool up, std::int64_t dilation = 1) {
  const std::int64_t room = size + begin + end - ((window - 1) * dilation + 1);
  std::int64_t outputs = (up ? (room + stride - 1) / stride : room / stride) + 1;
  if ((outputs - 1) * stride >= size + begin) --outputs;
  return {size, window, stride, dilation, begin, end, outputs};
}

void check_pools(Isa isa) {
  for (const Kind kind : {Kind::max_pool, Kind::average_pool}) {
    for (const std::int64_t channels : {1, 7, 16, 37}) {
      for (const auto& [rows, columns] : {std::pair{axis(7, 3, 2, 0, 0, false), axis(9, 3, 2, 0, 0, true)},
                                          {axis(6, 3, 1, 1, 1, false), axis(5, 3, 1, 1, 1, false)},
                                          {axis(8, 2, 2, 0, 1, true), axis(7, 2, 2, 1, 0, true)},
                                          {axis(6, 7, 1, 0, 1, false), axis(6, 7, 1, 1, 0, false)},
                                          {axis(9, 3, 1, 1, 2, false, 2), axis(11, 2, 3, 0, 2, true, 3)},
                                          {axis(1, 1, 1, 0, 0, false), axis(4, 1, 3, 0, 0, false)},
                                          {axis(5, 5, 1, 0, 0, false), axis(5, 5, 4, 4, 4, false)}}) {
        for (const bool count_padding : {false, true}) {
          LayerShape s;
          s.kind = kind;
          s.batch = 2;
          s.channels = channels;
          s.rows = rows;
          s.columns = columns;
          s.count_padding = count_padding;
          Image a = random_image(s.batch, channels, rows.size, columns.size);
          check_blocked(isa, s, a, a, channels == 7 ? 64 : 0);
        }
      }
    }
  }
}

LayerShape pointwise(Kind kind, std::int64_t batch, std::int64_t channels, std::int64_t height,
                     std::int64_t width) {
  LayerShape s;
  s.kind = kind;
  s.batch = batch;
  s.channels = channels;
  s.rows = axis(height, 1, 1, 0, 0, false);
  s.columns = axis(width, 1, 1, 0, 0, false);
  return s;
}

void check_others(Isa isa) {
  for (const std::int64_t channels : {1, 3, 16, 33, 192}) {
    for (const float beta : {0.25f, 0.5f, 0.75f, 1.0f, 0.6f, 1.75f}) {
      for (const std::int64_t size : {1, 2, 5, 8}) {
        LayerShape s = pointwise(Kind::lrn, 2, channels, 3, 11);
        s.size = size;
        s.alpha = 0.7f;
        s.beta = beta;
        s.bias = 1.5f;
        Image a = random_image(2, channels, 3, 11);
        check_blocked(isa, s, a, a, size == 5 ? 32 : 0);
      }
    }
    for (const bool relu : {false, true}) {
      LayerShape s = pointwise(Kind::add, 2, channels, 5, 3);
      if (relu) s.clip_low = 0.0f;
      Image a = random_image(2, channels, 5, 3), b = random_image(2, channels, 5, 3);
      check_blocked(isa, s, a, b, 48);
    }
  }
}

void check_nan(Isa isa) {
  for (std::int64_t at = 0; at < 9; ++at) {
    LayerShape s;
    s.channels = 20;
    s.rows = s.columns = axis(3, 3, 1, 0, 0, false);
    Image a = random_image(1, 20, 3, 3);
    a.at(0, 17, at / 3, at % 3) = NAN;
    a.at(0, 3, at / 3, at % 3) = INFINITY;
    for (std::int64_t i = 0; i < 9; ++i) a.at(0, 5, i / 3, i % 3) = -INFINITY;
    check_blocked(isa, s, a, a, 0);
    s.kind = Kind::average_pool;
    check_blocked(isa, s, a, a, 0);
  }
}

void check_softmax(Isa isa) {
  for (const std::int64_t count : {1, 2, 5, 8, 15, 16, 17, 33, 1000}) {
    LayerShape s = pointwise(Kind::softmax, 3, count, 1, 1);
    for (const float shift : {0.0f, 1000.0f, -1000.0f}) {
      test::GuardedFloats x(3 * count, true), y(3 * count, true);
      for (std::int64_t i = 0; i < 3 * count; ++i) x.data()[i] = 5.0f * random_float() + shift;
      const LayerPlan plan{isa, 2};
      CHECK(layers::run(s, plan, layers::Units(s, plan), {x.data(), nullptr, y.data()}));
      for (std::int64_t n = 0; n < 3; ++n) {
        const float* row = x.data() + n * count;
        const double most = *std::max_element(row, row + count);
        double sum = 0, worst = 0;
        for (std::int64_t i = 0; i < count; ++i) sum += std::exp(row[i] - most);
        for (std::int64_t i = 0; i < count; ++i) {
          const double wanted = std::exp(row[i] - most) / sum;
          worst = std::max(worst, std::abs(y.data()[n * count + i] - wanted) / wanted);
        }
        CHECK(worst < 2e-6);  // x − the largest is rounded: half an ulp of 20
      }
      x.data()[count - 1] = NAN;
      layers::run(s, plan, layers::Units(s, plan), {x.data(), nullptr, y.data()});
      for (std::int64_t i = 0; i < count; ++i) CHECK(std::isnan(y.data()[i]));
      CHECK(!std::isnan(y.data()[count]));
    }
  }
}

void check_errors() {
  LayerShape s;
  s.rows = s.columns = axis(6, 3, 2, 0, 0, false);
  CHECK_EQ(layers::layer_error(s, {}), "");
  s.rows.outputs = 5;
  CHECK_EQ(layers::layer_error(s, {}), "output 4 of 5 begins at 8, behind the input's 6");
  s.rows = {6, 2, 1, 1, 2, 0, 7};
  CHECK_EQ(layers::layer_error(s, {}), "window 2 of output 0 sees nothing but padding, 2 before the input");
  s.rows.pad_begin = 2147483647;
  CHECK_EQ(layers::layer_error(s, {}), "padHeight = 2147483647 must be from 0 to 1048576");
  s.rows = s.columns;
  s.size = 65537;
  CHECK_EQ(layers::layer_error(s, {}), "size = 65537 must be from 1 to 65536");
  s.size = 1;
  s.columns.stride = 0;
  CHECK_EQ(layers::layer_error(s, {}), "strideWidth = 0 must be from 1 to 2147483647");
  // Kernels of sums write as many rows as they read, and callers ask for room of as many as there are
  // outputs.
  s = pointwise(Kind::add, 1, 4, 6, 6);
  s.rows.outputs = 1;
  CHECK_EQ(layers::layer_error(s, {}), "rows.outputs = 1 must be its size, 6: the layer is no pool");
}

void check_cancelled() {
  LayerShape s = pointwise(Kind::softmax, 2, 4, 1, 1);
  float x[8] = {}, y[8] = {};
  const std::atomic<bool> cancel{true};
  CHECK(!layers::run(s, {}, layers::Units(s, {}), {x, nullptr, y}, &cancel));
  CHECK_EQ(y[0], 0.0f);
}

}  // namespace

int main() {
  for (const Isa isa : test::isas()) {
    check_pools(isa);
    check_others(isa);
    check_nan(isa);
    check_softmax(isa);
  }
  check_errors();
  check_cancelled();
  return test::finish();
}
