// The wish reaches the system, for whole pages of large arrays alone.
#include "parallel/large_pages.h"

#include <unistd.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>

#include "check.h"
#include "parallel/aligned.h"

using rooftile::parallel::AlignedFloats;
using rooftile::parallel::want_large_pages;

namespace {

/** Whether the mapping that holds `address` is marked "hg" in /proc/self/smaps. */
bool is_wished(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream file("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    std::uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
      here = begin <= wanted && wanted < end;
    } else if (here && line.rfind("VmFlags:", 0) == 0) {
      return line.find(" hg") != std::string::npos;
    }
  }
  return false;
}

void test_wish() {
  const AlignedFloats large((std::size_t{8} << 20) / sizeof(float));
  CHECK(is_wished(large.data() + large.size() / 2));
  const AlignedFloats small((std::size_t{2} << 20) / sizeof(float));
  CHECK(!is_wished(small.data() + small.size() / 2));
}

void test_whole_pages() {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = std::size_t{8} << 20;
  // Not by AlignedFloats, which wishes itself.
  auto* data = static_cast<char*>(std::aligned_alloc(page, bytes + 2 * page));
  if (data == nullptr) throw std::bad_alloc();
  want_large_pages(data + page - 1, bytes + 2);
  CHECK(!is_wished(data));
  CHECK(is_wished(data + page));
  CHECK(is_wished(data + bytes));
  CHECK(!is_wished(data + bytes + page));
  std::free(data);
}

}  // namespace

int main() {
  want_large_pages(nullptr, 0);
  char byte = 'a';
  want_large_pages(&byte, 1);
  CHECK_EQ(byte, 'a');
  if (std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) {
    test_wish();
    test_whole_pages();
  }
  return rooftile::test::finish();
}
