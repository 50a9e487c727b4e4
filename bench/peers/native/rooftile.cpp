#include "rooftile.h"

namespace rooftile::peers {

const PeerSide& rooftile_side(PeerKind kind) {
  switch (kind) {
    case PEER_CONV2D:
      return kRooftileConv2d;
    case PEER_RNN:
      return kRooftileRnn;
    case PEER_GEMM:
      break;
  }
  return kRooftileGemm;
}

Values plan_values(const char* text) {
  return Values(split(text, ' '));
}

gemm::Order order_in(Values& values) {
  using enum gemm::Order;
  return values.choice<gemm::Order>(
      "order",
      {{"none", none}, {"weight", weight}, {"input", input}, {"output", output}, {"blocked", blocked}});
}

}  // namespace rooftile::peers
