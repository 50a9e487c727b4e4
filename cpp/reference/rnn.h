// The oracle of recurrent layers: no blocks, no vectors, everything in double.
#pragma once

#include <vector>

#include "rnn/rnn.h"

namespace rooftile::reference {

/**
 * ONNX's GRU and LSTM (opset 14), layer by layer: `weights` has one entry a layer, `operands.packed` isn't
 * used. The state stays in double from the first step to the last; outputs are rounded once.
 */
void rnn(const rnn::RnnShape& shape, const std::vector<rnn::LayerWeights>& weights,
         const rnn::RnnOperands& operands);

}  // namespace rooftile::reference
