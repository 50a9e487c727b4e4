#include "values.h"

#include <sstream>
#include <stdexcept>

namespace rooftile::peers {

Values::Values(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument(word + " isn't key=value");
    if (!values_.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      throw std::invalid_argument(word.substr(0, equals) + " is given twice");
    }
  }
}

std::string Values::text(const std::string& key) {
  const auto found = values_.extract(key);
  if (found.empty()) throw std::invalid_argument(key + " is missing");
  return found.mapped();
}

std::int64_t Values::whole(const std::string& key, std::int64_t least) {
  const std::string value = text(key);
  std::size_t used = 0;
  std::int64_t number = 0;
  try {
    number = std::stoll(value, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != value.size() || number < least) {
    throw std::invalid_argument(key + "=" + value + " is no whole number from " + std::to_string(least) +
                                " up");
  }
  return number;
}

bool Values::flag(const std::string& key) {
  return choice<bool>(key, {{"true", true}, {"false", false}});
}

Isa Values::isa(const std::string& key) {
  const std::string value = text(key);
  const auto isa = parse_isa(value);
  if (!isa) reject(key, value);
  return *isa;
}

void Values::require_all_taken() const {
  if (!values_.empty()) throw std::invalid_argument("there is no key " + values_.begin()->first);
}

void Values::reject(const std::string& key, const std::string& value) {
  throw std::invalid_argument(key + "=" + value + " is none of its values");
}

std::vector<std::string> split(const std::string& list, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

}  // namespace rooftile::peers
