#include "arguments.h"

#include <cmath>
#include <cstdio>

namespace rooftile::binding {

std::string shown(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

double number_in(const Napi::Value& value, const char* name, double low, double high) {
  if (!value.IsNumber()) throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= low && number <= high)) {
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be from " + shown(low) + " to " +
                                                 shown(high) + ", not " + shown(number));
  }
  return number;
}

std::int64_t integer_in(const Napi::Value& value, const char* name, double low, double high) {
  const double number = number_in(value, name, low, high);
  if (number != std::floor(number)) {
    throw Napi::RangeError::New(value.Env(),
                                std::string(name) + " must be a whole number, not " + shown(number));
  }
  return static_cast<std::int64_t>(number);
}

float float_in(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a number");
  return value.As<Napi::Number>().FloatValue();
}

std::string string_in(const Napi::Value& value, const char* name) {
  if (!value.IsString()) throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

bool boolean_in(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean())
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be true or false");
  return value.As<Napi::Boolean>().Value();
}

Napi::Object object_in(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), std::string(name) + " must be an object");
  return value.As<Napi::Object>();
}

Isa isa_in(const Napi::Value& value) {
  const std::string name = string_in(value, "isa");
  std::string known;
  for (const Isa isa : supported_isas()) {
    if (name == isa_name(isa)) return isa;
    known += (known.empty() ? "" : ", ") + std::string(isa_name(isa));
  }
  throw Napi::RangeError::New(value.Env(),
                              "isa must be one that this CPU has (" + known + "), not '" + name + "'");
}

Isa known_isa_in(const Napi::Value& value) {
  const std::string name = string_in(value, "isa");
  if (const auto isa = parse_isa(name)) return *isa;
  std::string known;
  for (const Isa isa : kIsas) known += (known.empty() ? "" : ", ") + std::string(isa_name(isa));
  throw Napi::RangeError::New(value.Env(), "isa must be one of " + known + ", not '" + name + "'");
}

Elements elements_in(const Napi::Value& value, const char* name, napi_typedarray_type type, const char* kind,
                     std::int64_t element_bytes) {
  // One question and no more: this stands in every call's way.
  napi_typedarray_type found{};
  std::size_t length = 0;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(value.Env(), value, &found, &length, &data, nullptr, nullptr);
  if (status != napi_ok || found != type) {
    throw Napi::TypeError::New(value.Env(),
                               std::string(name) + " must be " + (kind[0] == 'I' ? "an " : "a ") + kind);
  }
  return {data, static_cast<std::int64_t>(length), element_bytes};
}

Floats floats_in(const Napi::Value& value, const char* name) {
  const Elements found = elements_in(value, name, napi_float32_array, "Float32Array", sizeof(float));
  return {static_cast<float*>(found.data), found.length};
}

Floats floats_in(const Napi::Value& value, const char* name, std::int64_t needed) {
  const Floats floats = floats_in(value, name);
  require_matrix(value.Env(), name, floats, 1, needed, needed);
  return floats;
}

void require_matrix(Napi::Env env, const char* name, const Elements& array, std::int64_t rows,
                    std::int64_t columns, std::int64_t stride) {
  if (stride < columns) {
    throw Napi::RangeError::New(env, std::string(name) + " has rows of " + std::to_string(columns) +
                                         " elements, but its row stride is " + std::to_string(stride));
  }
  const std::int64_t needed = rows == 0 || columns == 0 ? 0 : (rows - 1) * stride + columns;
  if (array.length < needed) {
    throw Napi::RangeError::New(env, std::string(name) + " needs " + std::to_string(needed) +
                                         " elements, has " + std::to_string(array.length));
  }
}

void require_apart(Napi::Env env, const char* a_name, const Elements& a, const char* b_name,
                   const Elements& b) {
  const auto a_begin = reinterpret_cast<std::uintptr_t>(a.data),
             b_begin = reinterpret_cast<std::uintptr_t>(b.data);
  const std::uintptr_t a_end = a_begin + static_cast<std::uintptr_t>(a.length * a.element_bytes);
  const std::uintptr_t b_end = b_begin + static_cast<std::uintptr_t>(b.length * b.element_bytes);
  const std::uintptr_t begin = a_begin > b_begin ? a_begin : b_begin, end = a_end < b_end ? a_end : b_end;
  if (a.length == 0 || b.length == 0 || begin >= end) return;
  // Elements of different sizes can share a part of one.
  const bool alike = a.element_bytes == b.element_bytes;
  const std::uintptr_t shared = (end - begin) / static_cast<std::uintptr_t>(alike ? a.element_bytes : 1);
  throw Napi::RangeError::New(env, std::string(a_name) + " (" + std::to_string(a.length) + " elements) and " +
                                       b_name + " (" + std::to_string(b.length) + " elements) share " +
                                       std::to_string(shared) + (alike ? " elements" : " bytes") +
                                       ": they may not");
}

}  // namespace rooftile::binding
