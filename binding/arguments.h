// Checks of what JavaScript hands over: each names the argument and, for sizes, both numbers. TypeScript has
// checked for the message; these checks are for safety and trust nothing.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

#include "machine/isa.h"

namespace rooftile::binding {

/** A number as people write it: 3, 0.5, NaN, -Infinity. */
std::string shown(double value);

double number_in(const Napi::Value& value, const char* name, double low, double high);
std::int64_t integer_in(const Napi::Value& value, const char* name, double low, double high);
/** Any number, NaN and infinities too; one beyond fp32 becomes an infinity. */
float float_in(const Napi::Value& value, const char* name);
std::string string_in(const Napi::Value& value, const char* name);
bool boolean_in(const Napi::Value& value, const char* name);
/** One of the instruction sets that this CPU has. */
Isa isa_in(const Napi::Value& value);

/** The memory of a Float32Array; a detached one has length 0. */
struct Floats {
  float* data;
  std::int64_t length;
};
Floats floats_in(const Napi::Value& value, const char* name);

/** Throws a RangeError unless `rows` rows of `columns`, `stride` apart, fit into `floats`. */
void require_matrix(Napi::Env env, const char* name, const Floats& floats, std::int64_t rows,
                    std::int64_t columns, std::int64_t stride);

/** Throws a RangeError if the two share memory. */
void require_apart(Napi::Env env, const char* a_name, const Floats& a, const char* b_name, const Floats& b);

}  // namespace rooftile::binding
