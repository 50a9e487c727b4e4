#include "sides.h"

#include <dlfcn.h>

#include <algorithm>
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

/** rooftile's sides under their plans; the category is what the Node driver says. */
void open_own(const OwnSide& own, const Operands& operands, Sides& sides) {
  PeerProblem problem = operands.problem();
  problem.plan = own.plan.c_str();
  const PeerSide& side = rooftile_side(problem.kind);
  char text[512] = "";
  void* const state = side.open(&problem, text, sizeof text);
  sides.present.emplace_back(side, state, SideName{"rooftile", own.name, "", own.category, text},
                             own.tolerance, operands.copies());
}

void open_all(const Peer& peer, const Operands& operands, Sides& sides) {
  for (int i = 0; i < peer.side_count; ++i) {
    const PeerSide& side = peer.sides[i];
    if (side.kind != operands.problem().kind) continue;
    char text[512] = "";
    void* const state = side.open(&operands.problem(), text, sizeof text);
    if (state != nullptr) {
      sides.present.emplace_back(side, state,
                                 SideName{peer.name, side.name, peer.version(), side.category, text},
                                 operands.tolerance(), operands.copies());
    } else if (text[0] != '\0') {
      sides.missing.push_back({peer.name, side.name, text});
    }
  }
}

std::vector<double> outputs_of(Side& side, Operands& operands) {
  operands.spoil();
  side.run();
  side.fetch();
  return operands.outputs();
}

/** Throws: `what` is off so far, where outputs reach `scale`. */
[[noreturn]] void refuse(const Side& side, const Operands::Error& error) {
  const auto& [peer, name, version, category, kernel] = side.who();
  std::ostringstream text;
  text << peer << " " << name << " (" << category << ") is off by " << error.worst << ", where outputs reach "
       << error.scale << ": no comparison";
  throw std::runtime_error(text.str());
}

}  // namespace

Sides open_sides(const Arguments& arguments, const Operands& operands) {
  Sides sides;
  for (const OwnSide& own : arguments.own) open_own(own, operands, sides);
  for (const std::string& name : arguments.peers) {
    std::string reason;
    const Peer* peer = load(arguments.modules + "/peer_" + name + ".so", reason);
    if (peer != nullptr) {
      open_all(*peer, operands, sides);
    } else {
      sides.missing.push_back({name, "", reason});
    }
  }
  return sides;
}

void require_agreement(Sides& sides, Operands& operands) {
  if (sides.present.empty()) return;
  Side& first = sides.present.front();
  const std::vector<double> expected = outputs_of(first, operands);
  const Operands::Error error = operands.error_of(expected);
  if (!(error.worst <= first.tolerance() * error.scale)) refuse(first, error);
  for (Side& side : sides.present) {
    for (std::int64_t copy = 0; copy < operands.copies(); ++copy) {
      const std::vector<double> found = outputs_of(side, operands);
      Operands::Error difference;
      for (std::size_t i = 0; i < found.size(); ++i) difference.see(found[i], expected[i]);
      const double tolerance = std::max(side.tolerance(), first.tolerance());
      if (!(difference.worst <= tolerance * difference.scale)) refuse(side, difference);
      if (difference.scale > 0) {
        side.difference = std::max(side.difference, difference.worst / difference.scale);
      }
    }
  }
}

}  // namespace rooftile::peers
