#include "conv/reorder.h"

#include <algorithm>

#include "gemm/pack.h"

namespace rooftile::conv {
namespace {

/** Unit `index` of [image][group][block][row]. */
Unit unit_of(std::int64_t index, std::int64_t groups, std::int64_t blocks, std::int64_t rows,
             std::int64_t block, std::int64_t group_channels, std::int64_t all_channels) {
  const std::int64_t row = index % rows, at_block = index / rows % blocks;
  const std::int64_t group = index / rows / blocks % groups;
  const std::int64_t channel = group * group_channels + at_block * block;
  const std::int64_t left = std::min(group_channels - at_block * block, all_channels - channel);
  return {index / rows / blocks / groups, channel, std::min(block, left), row};
}

}  // namespace

std::int64_t input_units(const Geometry& g) {
  return g.shape().batch * g.groups * g.channel_blocks * g.shape().height;
}

std::int64_t output_units(const Geometry& g) {
  return g.shape().batch * g.groups * g.output_blocks * g.output_rows;
}

Unit input_unit(const Geometry& g, std::int64_t index) {
  return unit_of(index, g.groups, g.channel_blocks, g.shape().height, g.block, g.channels,
                 g.shape().channels);
}

Unit output_unit(const Geometry& g, std::int64_t index) {
  return unit_of(index, g.groups, g.output_blocks, g.output_rows, g.output_block, g.filters,
                 g.shape().filters);
}

std::int64_t input_row(const Geometry& g, std::int64_t index) {
  const std::int64_t rows = g.shape().height, blocks = g.groups * g.channel_blocks;
  return g.input_plane(index / rows / blocks, 0, index / rows % blocks) * rows + index % rows;
}

std::int64_t output_row(const Geometry& g, std::int64_t index) {
  const std::int64_t rows = g.output_rows, blocks = g.groups * g.output_blocks;
  return g.output_plane(index / rows / blocks, 0, index / rows % blocks) * rows + index % rows;
}

void to_blocked(const Geometry& g, std::int64_t index, std::int64_t count, const float* nchw,
                float* blocked) {
  const ConvShape& s = g.shape();
  const Unit unit = input_unit(g, index);
  const std::int64_t plane = s.height * s.width, columns = count * s.width;
  const float* from = nchw + (unit.image * s.channels + unit.channel) * plane + unit.row * s.width;
  float* to = blocked + input_row(g, index) * s.width * g.block;
  // Channels are rows of [columns], to become columns of [columns][block].
  std::int64_t done = 0;
  if (g.transpose != nullptr && unit.channels == g.block && g.block == g.lanes()) {
    const std::int64_t tiles = columns / g.block;
    g.transpose(from, plane, g.block, to, g.block, g.block * g.block, tiles);
    done = tiles * g.block;
  }
  to += done * g.block;
  gemm::pack_inputs_panel(from + done, plane, false, unit.channels, columns - done, g.block, to);
  if (unit.channels < g.block) {
    for (std::int64_t w = done; w < columns; ++w, to += g.block) {
      std::fill_n(to + unit.channels, g.block - unit.channels, 0.0f);
    }
  }
}

void from_blocked(const Geometry& g, std::int64_t index, std::int64_t count, const float* blocked,
                  float* nchw) {
  const ConvShape& s = g.shape();
  const Unit unit = output_unit(g, index);
  const std::int64_t plane = g.output_rows * g.output_columns, columns = count * g.output_columns;
  const float* from = blocked + output_row(g, index) * g.output_columns * g.output_block;
  float* to = nchw + (unit.image * s.filters + unit.channel) * plane + unit.row * g.output_columns;
  std::int64_t done = 0;
  if (g.transpose != nullptr && unit.channels == g.output_block && g.output_block == g.lanes()) {
    const std::int64_t block = g.output_block, tiles = columns / block;
    g.transpose(from, block, block * block, to, plane, block, tiles);
    done = tiles * block;
  }
  gemm::pack_inputs_panel(from + done * g.output_block, g.output_block, false, columns - done, unit.channels,
                          plane, to + done);
}

void prepare_weights(const Geometry& g, const float* weights, const float* bias, float* prepared) {
  const ConvShape& s = g.shape();
  const std::int64_t taps = s.filter_height * s.filter_width;
  const std::int64_t depth = g.channelwise ? 1 : g.channels;  // channels of a filter
  for (std::int64_t group = 0; group < g.groups; ++group) {
    for (std::int64_t tile = 0; tile < g.tiles; ++tile) {
      const std::int64_t width = g.tile_width(tile);
      const std::int64_t first = group * g.filters + g.tile_filter(tile);
      const std::int64_t count = std::min({width, g.filters - g.tile_filter(tile), s.filters - first});
      float* to = prepared + g.tile_start(group, tile);
      std::fill_n(to, width * (1 + depth * taps), 0.0f);
      if (bias != nullptr) std::copy_n(bias + first, count, to);
      to += width;
      for (std::int64_t begin = 0; begin < depth; begin += g.block) {
        const std::int64_t end = std::min(depth, begin + g.block);
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          for (std::int64_t channel = begin; channel < end; ++channel, to += width) {
            const float* from = weights + (first * depth + channel) * taps + tap;
            for (std::int64_t filter = 0; filter < count; ++filter) to[filter] = from[filter * depth * taps];
          }
        }
      }
    }
  }
}

}  // namespace rooftile::conv
