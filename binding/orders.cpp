#include "orders.h"

#include "arguments.h"

namespace rooftile::binding {

gemm::Order order_in(const Napi::Value& value) {
  return choice_in<gemm::Order>(value, "order",
                                {{"none", gemm::Order::none},
                                 {"weight", gemm::Order::weight},
                                 {"input", gemm::Order::input},
                                 {"output", gemm::Order::output},
                                 {"blocked", gemm::Order::blocked}});
}

}  // namespace rooftile::binding
