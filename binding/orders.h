// The loop orders that families share.
#pragma once

#include <napi.h>

#include "gemm/plan.h"

namespace rooftile::binding {

/** none, weight, input, output or blocked. */
gemm::Order order_in(const Napi::Value& value);

}  // namespace rooftile::binding
