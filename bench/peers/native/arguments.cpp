#include "arguments.h"

#include <sstream>
#include <stdexcept>

namespace rooftile::peers {
namespace {

class Values {
 public:
  Values(int count, const char* const* words) {
    for (int i = 0; i < count; ++i) {
      const std::string word = words[i];
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) throw std::invalid_argument(word + " isn't key=value");
      if (!values_.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
        throw std::invalid_argument(word.substr(0, equals) + " is given twice");
      }
    }
  }

  std::string text(const std::string& key) {
    const auto found = values_.extract(key);
    if (found.empty()) throw std::invalid_argument(key + " is missing");
    return found.mapped();
  }

  std::int64_t positive(const std::string& key) {
    const std::string value = text(key);
    std::size_t used = 0;
    std::int64_t number = 0;
    try {
      number = std::stoll(value, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != value.size() || number < 1) {
      throw std::invalid_argument(key + "=" + value + " is no whole number from 1 up");
    }
    return number;
  }

  void require_all_taken() const {
    if (!values_.empty()) throw std::invalid_argument("there is no argument " + values_.begin()->first);
  }

 private:
  std::map<std::string, std::string> values_;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

}  // namespace

Arguments parse_arguments(int count, const char* const* words) {
  Values values(count, words);
  Arguments arguments;
  arguments.m = values.positive("m");
  arguments.n = values.positive("n");
  arguments.k = values.positive("k");
  arguments.type = values.text("type");
  arguments.threads = static_cast<int>(values.positive("threads"));
  arguments.milliseconds = static_cast<double>(values.positive("milliseconds"));
  arguments.copies = values.positive("copies");
  arguments.stream_bytes = values.positive("streamBytes");
  arguments.peers = split(values.text("peers"));
  arguments.modules = values.text("modules");
  arguments.prepared_plan = values.text("preparedPlan");
  arguments.unprepared_plan = values.text("unpreparedPlan");
  const std::string isa = values.text("isa");
  const auto known = parse_isa(isa);
  if (!known) throw std::invalid_argument("no instruction set is called " + isa);
  arguments.isa = *known;
  values.require_all_taken();
  return arguments;
}

}  // namespace rooftile::peers
