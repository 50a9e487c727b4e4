// What the families' count functions share: options in, rows of traffic out.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <vector>

#include "traffic/counter.h"
#include "traffic/reuse.h"

namespace rooftile::binding {

/** [scope of l1, l2, l3, dram], that of l1 0. */
std::array<traffic::Scope, traffic::kBoundaries> scopes_in(const Napi::Value& value);

/** Arguments `first`…: [scope of l1, l2, l3, dram], sharedLastCache, warm. */
traffic::CountOptions count_options_in(const Napi::CallbackInfo& info, std::size_t first);

const char* operand_name(traffic::Operand operand);
traffic::Operand operand_in(const Napi::Value& value);

/** {rows: [{boundary, operand, direction, cause, bytes}], schedule}, rows of 0 bytes left out. */
Napi::Object counted(Napi::Env env, const traffic::Traffic& traffic);

/** `{promise of what `counted` makes, cancel()}` of a counted run. `count` returns false if it was cancelled.
 */
Napi::Object start_counting(
    Napi::Env env, std::vector<Napi::Object> keep,
    std::function<bool(const std::atomic<bool>& cancel, traffic::Traffic& result)> count);

/** [{operand, executions, uses: [{uses, bytes}]}] of the operands that were used. */
Napi::Value reuse_rows(Napi::Env env, const std::array<traffic::OperandReuse, traffic::kOperands>& reuse);

}  // namespace rooftile::binding
