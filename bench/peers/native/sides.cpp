#include "sides.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "rooftile.h"

namespace rooftile::peers {
namespace {

/** Null and a reason if the module or what it needs isn't there. Never unloaded: libraries leave threads. */
const Peer* load(const std::string& path, std::string& reason) {
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* entry = module == nullptr ? nullptr : dlsym(module, "rooftile_peer");
  if (entry == nullptr) {
    reason = dlerror();
    return nullptr;
  }
  return reinterpret_cast<PeerEntry>(entry)();
}

void open_all(const Peer& peer, const Arguments& arguments, PeerProblem problem, Sides& sides) {
  for (int i = 0; i < peer.side_count; ++i) {
    const PeerSide& side = peer.sides[i];
    problem.plan = side.prepared != 0 ? arguments.prepared_plan.c_str() : arguments.unprepared_plan.c_str();
    char text[512] = "";
    void* state = side.open(&problem, text, sizeof text);
    if (state != nullptr) {
      sides.present.emplace_back(peer, side, state, text, problem.copies);
    } else if (text[0] != '\0') {
      sides.missing.push_back({peer.name, side.name, text});
    }
  }
}

/** Outputs of one more run; throws unless they are `expected`. */
void require_equal(Side& side, Operands& operands, const std::vector<double>& expected, double scale) {
  operands.spoil();
  side.run();
  const std::vector<double> found = operands.outputs();
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(found[i] - expected[i]);
    if (!(difference <= worst)) worst = difference;
  }
  if (worst <= operands.tolerance() * scale) return;
  std::ostringstream text;
  text << side.peer() << " " << side.name() << " is off by " << worst << ", where outputs reach " << scale
       << ": no comparison";
  throw std::runtime_error(text.str());
}

}  // namespace

Sides open_sides(const Arguments& arguments, Operands& operands) {
  PeerProblem problem{};
  problem.m = arguments.m;
  problem.n = arguments.n;
  problem.k = arguments.k;
  problem.type = arguments.type.c_str();
  problem.threads = arguments.threads;
  problem.a = operands.a();
  problem.b = operands.b().data();
  problem.copies = arguments.copies;
  problem.c = operands.c();
  Sides sides;
  open_all(rooftile(), arguments, problem, sides);
  for (const std::string& name : arguments.peers) {
    std::string reason;
    const Peer* peer = load(arguments.modules + "/peer_" + name + ".so", reason);
    if (peer != nullptr) {
      open_all(*peer, arguments, problem, sides);
    } else {
      sides.missing.push_back({name, "", reason});
    }
  }
  return sides;
}

void require_agreement(Sides& sides, Operands& operands, std::int64_t copies) {
  if (sides.present.empty()) return;
  Side& first = sides.present.front();
  operands.spoil();
  first.run();
  const std::vector<double> expected = operands.outputs();
  const Operands::Error error = operands.error_of(expected);
  if (!(error.worst <= operands.tolerance() * error.scale)) {
    std::ostringstream text;
    text << first.peer() << " " << first.name() << " is off by " << error.worst
         << " from the product, where it reaches " << error.scale << ": no comparison";
    throw std::runtime_error(text.str());
  }
  double scale = 0;
  for (const double value : expected) scale = std::max(scale, std::abs(value));
  for (Side& side : sides.present) {
    for (std::int64_t copy = 0; copy < copies; ++copy) require_equal(side, operands, expected, scale);
  }
}

}  // namespace rooftile::peers
