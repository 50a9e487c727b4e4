// Checks of what JavaScript hands over: each names the argument and, for sizes, both numbers. TypeScript has
// checked for the message; these checks are for safety and trust nothing.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <utility>

#include "machine/isa.h"

namespace rooftile::binding {

constexpr double kMostElements = 2147483647.0;  // of a dimension or a stride

/** A number as people write it: 3, 0.5, NaN, -Infinity. */
std::string shown(double value);

double number_in(const Napi::Value& value, const char* name, double low, double high);
std::int64_t integer_in(const Napi::Value& value, const char* name, double low, double high);
/** Any number, NaN and infinities too; one beyond fp32 becomes an infinity. */
float float_in(const Napi::Value& value, const char* name);
std::string string_in(const Napi::Value& value, const char* name);
bool boolean_in(const Napi::Value& value, const char* name);
Napi::Object object_in(const Napi::Value& value, const char* name);
/** One of the instruction sets that this CPU has. */
Isa isa_in(const Napi::Value& value);
/** One of the instruction sets that this build knows. */
Isa known_isa_in(const Napi::Value& value);

/** What the chosen name stands for. */
template <class T, std::size_t kCount>
T choice_in(const Napi::Value& value, const char* name, const std::pair<const char*, T> (&choices)[kCount]) {
  const std::string text = string_in(value, name);
  std::string known;
  for (const auto& [choice, meaning] : choices) {
    if (text == choice) return meaning;
    known += (known.empty() ? "" : ", ") + std::string(choice);
  }
  throw Napi::RangeError::New(value.Env(),
                              std::string(name) + " must be one of " + known + ", not '" + text + "'");
}

/** The memory of a typed array; a detached one has length 0. */
struct Elements {
  void* data;
  std::int64_t length;
  std::int64_t element_bytes;
};
/** `kind` is the array's name, such as "Int8Array". */
Elements elements_in(const Napi::Value& value, const char* name, napi_typedarray_type type, const char* kind,
                     std::int64_t element_bytes);

/** The memory of a Float32Array. */
struct Floats {
  float* data;
  std::int64_t length;
  operator Elements() const { return {data, length, sizeof(float)}; }
};
Floats floats_in(const Napi::Value& value, const char* name);
/** As floats_in, of at least `needed` elements. */
Floats floats_in(const Napi::Value& value, const char* name, std::int64_t needed);

/** Throws a RangeError unless `rows` rows of `columns`, `stride` apart, fit into `array`. */
void require_matrix(Napi::Env env, const char* name, const Elements& array, std::int64_t rows,
                    std::int64_t columns, std::int64_t stride);

/** Throws a RangeError if the two share memory. */
void require_apart(Napi::Env env, const char* a_name, const Elements& a, const char* b_name,
                   const Elements& b);

}  // namespace rooftile::binding
