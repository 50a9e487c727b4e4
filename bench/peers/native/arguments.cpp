#include "arguments.h"

#include <stdexcept>

namespace rooftile::peers {
namespace {

/** "name|category|tolerance|isa=avx512 mr=14 …" */
OwnSide parse_own(const std::string& text) {
  const std::vector<std::string> parts = split(text, '|');
  if (parts.size() != 4) throw std::invalid_argument("'" + text + "' is no side of rooftile's");
  return {parts[0], parts[1], std::stod(parts[2]), parts[3]};
}

}  // namespace

Arguments parse_arguments(int count, const char* const* words) {
  Values values(std::vector<std::string>(words, words + count));
  Arguments arguments;
  arguments.kind = values.text("kind");
  arguments.threads = static_cast<int>(values.positive("threads"));
  arguments.milliseconds = static_cast<double>(values.positive("milliseconds"));
  arguments.stream_bytes = values.positive("streamBytes");
  arguments.peers = split(values.text("peers"), ',');
  arguments.modules = values.text("modules");
  arguments.isa = values.isa("isa");
  for (const std::string& side : split(values.text("own"), ';')) arguments.own.push_back(parse_own(side));
  arguments.shape = std::move(values);
  return arguments;
}

}  // namespace rooftile::peers
