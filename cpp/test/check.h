// Checks for native tests: each test is a main() that returns finish().
#pragma once

#include <cstdio>
#include <sstream>
#include <string>

namespace rooftile::test {

inline int failures = 0;
inline int checks = 0;

inline void report(const char* file, int line, const std::string& what) {
  if (++failures <= 20) std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

template <class A, class B>
void check_equal(const char* file, int line, const char* a_text, const char* b_text, const A& a, const B& b) {
  ++checks;
  if (a == b) return;
  std::ostringstream text;
  text << a_text << " == " << b_text << " fails: " << a << " and " << b;
  report(file, line, text.str());
}

/** Exit code of a test; a test that checked nothing has failed. */
inline int finish() {
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace rooftile::test

#define CHECK(condition)                                                                \
  do {                                                                                  \
    ++rooftile::test::checks;                                                           \
    if (!(condition)) rooftile::test::report(__FILE__, __LINE__, "fails: " #condition); \
  } while (false)
#define CHECK_EQ(a, b) rooftile::test::check_equal(__FILE__, __LINE__, #a, #b, a, b)
