// The operands of a convolution, its bias among them.
#include <algorithm>
#include <stdexcept>

#include "conv/shape.h"
#include "conv2d_shape.h"
#include "operands.h"
#include "random.h"

namespace rooftile::peers {

conv::ConvShape shape_of(const Conv2dProblem& p) {
  conv::ConvShape s;
  s.batch = p.batch;
  s.groups = p.groups;
  s.channels = p.channels;
  s.height = p.height;
  s.width = p.width;
  s.filters = p.filters;
  s.filter_height = p.filter_height;
  s.filter_width = p.filter_width;
  s.stride_height = p.stride_height;
  s.stride_width = p.stride_width;
  s.dilation_height = p.dilation_height;
  s.dilation_width = p.dilation_width;
  s.pad_top = p.pad_top;
  s.pad_left = p.pad_left;
  s.pad_bottom = p.pad_bottom;
  s.pad_right = p.pad_right;
  if (p.relu != 0) s.clip_low = 0;
  return s;
}

namespace {

Conv2dProblem problem_in(Values& shape) {
  Conv2dProblem p{};
  p.batch = shape.positive("batch");
  p.groups = shape.positive("groups");
  p.channels = shape.positive("channels");
  p.height = shape.positive("height");
  p.width = shape.positive("width");
  p.filters = shape.positive("filters");
  p.filter_height = shape.positive("filterHeight");
  p.filter_width = shape.positive("filterWidth");
  p.stride_height = shape.positive("strideHeight");
  p.stride_width = shape.positive("strideWidth");
  p.dilation_height = shape.positive("dilationHeight");
  p.dilation_width = shape.positive("dilationWidth");
  p.pad_top = shape.natural("padTop");
  p.pad_left = shape.natural("padLeft");
  p.pad_bottom = shape.natural("padBottom");
  p.pad_right = shape.natural("padRight");
  p.relu = shape.flag("relu") ? 1 : 0;
  const std::string error = conv::shape_error(shape_of(p));
  if (!error.empty()) throw std::invalid_argument(error);
  return p;
}

class Conv2dOperands : public Operands {
 public:
  explicit Conv2dOperands(const Conv2dProblem& p)
      : Operands(p.batch * p.filters * conv::output_height(shape_of(p)) * conv::output_width(shape_of(p))),
        inputs_(random_floats(p.batch * p.channels * p.height * p.width, 1)),
        weights_(random_floats(p.filters * (p.channels / p.groups) * p.filter_height * p.filter_width, 2)),
        bias_(random_floats(p.filters, 3)) {
    problem_.kind = PEER_CONV2D;
    problem_.conv2d = p;
    problem_.conv2d.inputs = inputs_.data();
    problem_.conv2d.weights = weights_.data();
    problem_.conv2d.bias = bias_.data();
    problem_.conv2d.outputs = outputs_.data();
  }

  Error error_of(const std::vector<double>& outputs) const override {
    constexpr int kPlaces = 256;
    const Conv2dProblem& p = problem_.conv2d;
    const std::int64_t height = conv::output_height(shape_of(p)), width = conv::output_width(shape_of(p));
    Error error;
    Random random(4);
    for (int place = 0; place < kPlaces; ++place) {
      // Corners of an image first: windows overlap the padding there.
      const bool corner = place < 64;
      const std::int64_t image = random.bits() % p.batch, filter = random.bits() % p.filters;
      const std::int64_t row = corner ? (place & 1) * (height - 1) : random.bits() % height;
      const std::int64_t column = corner ? (place >> 1 & 1) * (width - 1) : random.bits() % width;
      const std::int64_t at = ((image * p.filters + filter) * height + row) * width + column;
      error.see(outputs[static_cast<std::size_t>(at)], exact(image, filter, row, column));
    }
    return error;
  }

 private:
  double exact(std::int64_t image, std::int64_t filter, std::int64_t row, std::int64_t column) const {
    const Conv2dProblem& p = problem_.conv2d;
    const std::int64_t channels = p.channels / p.groups;
    const std::int64_t first = filter / (p.filters / p.groups) * channels;
    double sum = p.bias[filter];
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t r = 0; r < p.filter_height; ++r) {
        for (std::int64_t s = 0; s < p.filter_width; ++s) {
          const std::int64_t y = row * p.stride_height + r * p.dilation_height - p.pad_top;
          const std::int64_t x = column * p.stride_width + s * p.dilation_width - p.pad_left;
          if (y < 0 || y >= p.height || x < 0 || x >= p.width) continue;
          const float* const plane = p.inputs + (image * p.channels + first + c) * p.height * p.width;
          const std::int64_t tap = ((filter * channels + c) * p.filter_height + r) * p.filter_width + s;
          sum += static_cast<double>(plane[y * p.width + x]) * p.weights[tap];
        }
      }
    }
    return p.relu != 0 ? std::max(0.0, sum) : sum;
  }

  parallel::AlignedFloats inputs_, weights_, bias_;
};

}  // namespace

std::unique_ptr<Operands> conv2d_operands(Values& shape) {
  return std::make_unique<Conv2dOperands>(problem_in(shape));
}

}  // namespace rooftile::peers
