// The oracle of convolutions: seven loops, sums in double.
#pragma once

#include "conv/shape.h"

namespace rooftile::reference {

/**
 * outputs[batch][filters][P][Q] = clip(bias + inputs ∗ weights), each element summed in double and rounded
 * once. Products with padding are left out. Borders of blocked outputs don't matter here. `bias` null: zeros.
 */
void conv(const conv::ConvShape& shape, const float* inputs, const float* weights, const float* bias,
          float* outputs);

}  // namespace rooftile::reference
