#include "orders.h"

#include "arguments.h"

namespace rooftile::binding {

gemm::Order order_in(const Napi::Value& value) {
  const std::string name = string_in(value, "order");
  constexpr std::pair<const char*, gemm::Order> kOrders[] = {{"none", gemm::Order::none},
                                                             {"weight", gemm::Order::weight},
                                                             {"input", gemm::Order::input},
                                                             {"output", gemm::Order::output},
                                                             {"blocked", gemm::Order::blocked}};
  for (const auto& [known, order] : kOrders) {
    if (name == known) return order;
  }
  throw Napi::RangeError::New(value.Env(),
                              "order must be none, weight, input, output or blocked, not '" + name + "'");
}

}  // namespace rooftile::binding
