// Operators (plan and shape, checked once) as JavaScript holds them.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

namespace rooftile::binding {

/**
 * A handle of `op`, which goes when the handle does. Its type has a `kTag` that marks our own handles, so
 * that any other object in their place is a TypeError and not a wild pointer, and `kMaker`, the function that
 * makes them.
 */
template <class Operator>
Napi::Value handle_of(Napi::Env env, std::unique_ptr<Operator> op) {
  auto handle =
      Napi::External<Operator>::New(env, op.release(), [](Napi::BasicEnv, Operator* dead) { delete dead; });
  handle.TypeTag(&Operator::kTag);
  return handle;
}

template <class Operator>
const Operator& operator_in(const Napi::Value& value) {
  if (!value.IsExternal() || !value.As<Napi::External<Operator>>().CheckTypeTag(&Operator::kTag)) {
    throw Napi::TypeError::New(value.Env(), std::string("operator must come from ") + Operator::kMaker);
  }
  return *value.As<Napi::External<Operator>>().Data();
}

}  // namespace rooftile::binding
