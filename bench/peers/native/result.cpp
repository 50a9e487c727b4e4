#include "result.h"

#include <cstdio>
#include <sstream>

namespace rooftile::peers {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      result += escape;
    } else {
      result += c;
    }
  }
  return result + '"';
}

template <class Items, class Write>
void list(std::ostringstream& out, const Items& items, Write write) {
  out << '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out << ',';
    write(i);
  }
  out << ']';
}

}  // namespace

std::string json(const Beside& beside, const Sides& sides, const Samples& samples) {
  std::ostringstream out;
  out.precision(17);
  out << "{\"peakOpsPerSecond\":" << beside.peak_per_second
      << ",\"bytesPerSecond\":" << beside.bytes_per_second
      << ",\"settleMilliseconds\":" << samples.settle_milliseconds << ",\"coreToCoreNanoseconds\":";
  list(out, beside.core_to_core_nanoseconds,
       [&](std::size_t i) { out << beside.core_to_core_nanoseconds[i]; });
  out << ",\"sides\":";
  list(out, sides.present, [&](std::size_t i) {
    const auto& [peer, name, version, category, kernel] = sides.present[i].who();
    out << "{\"peer\":" << quoted(peer) << ",\"name\":" << quoted(name) << ",\"version\":" << quoted(version)
        << ",\"kernel\":" << quoted(kernel) << ",\"category\":" << quoted(category)
        << ",\"difference\":" << sides.present[i].difference << ",\"nanoseconds\":";
    const auto& times = samples.nanoseconds[i];
    list(out, times, [&](std::size_t round) { out << times[round]; });
    out << '}';
  });
  out << ",\"missing\":";
  list(out, sides.missing, [&](std::size_t i) {
    const auto& [peer, side, reason] = sides.missing[i];
    out << "{\"peer\":" << quoted(peer) << ",\"name\":" << quoted(side) << ",\"reason\":" << quoted(reason)
        << '}';
  });
  out << '}';
  return out.str();
}

}  // namespace rooftile::peers
