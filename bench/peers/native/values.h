// Words "key=value": the driver's command line, and a plan of rooftile's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "machine/isa.h"

namespace rooftile::peers {

/** Every value is taken once. All throw std::invalid_argument that names the key. */
class Values {
 public:
  Values() = default;
  explicit Values(const std::vector<std::string>& words);

  std::string text(const std::string& key);
  /** From 1 up. */
  std::int64_t positive(const std::string& key) { return whole(key, 1); }
  /** From 0 up. */
  std::int64_t natural(const std::string& key) { return whole(key, 0); }
  bool flag(const std::string& key);
  Isa isa(const std::string& key);

  template <class Choice>
  Choice choice(const std::string& key, const std::vector<std::pair<const char*, Choice>>& choices) {
    const std::string value = text(key);
    for (const auto& [name, choice] : choices) {
      if (value == name) return choice;
    }
    reject(key, value);
  }

  /** Throws if there is a key that nobody took. */
  void require_all_taken() const;

 private:
  std::int64_t whole(const std::string& key, std::int64_t least);
  [[noreturn]] static void reject(const std::string& key, const std::string& value);

  std::map<std::string, std::string> values_;
};

std::vector<std::string> split(const std::string& list, char separator);

}  // namespace rooftile::peers
