#include "machine/allowed_cpus.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

namespace rooftile {

namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The first number of a file; -1 where there is none ("max", no file).
std::int64_t file_number(const std::string& path) {
  std::istringstream text(file_text(path));
  std::int64_t value = -1;
  return text >> value ? value : -1;
}

int cgroup_cpu_limit(const std::string& membership) {
  int limit = 0;
  const auto lower_to = [&limit](int cpus) {
    if (cpus > 0 && (limit == 0 || cpus < limit)) limit = cpus;
  };
  for (const std::string& folder : detail::cgroup_folders(membership, "")) {
    lower_to(detail::quota_cpus(file_text(folder + "/cpu.max")));
  }
  for (const std::string& folder : detail::cgroup_folders(membership, "cpu")) {
    const std::int64_t quota = file_number(folder + "/cpu.cfs_quota_us");
    const std::int64_t period = file_number(folder + "/cpu.cfs_period_us");
    lower_to(detail::quota_cpus(std::to_string(quota) + " " + std::to_string(period)));
  }
  return limit;
}

void lower_to_free(std::size_t& spare, std::int64_t limit, std::int64_t used) {
  if (limit < 0 || used < 0) return;
  spare = std::min(spare, static_cast<std::size_t>(std::max<std::int64_t>(0, limit - used)));
}

}  // namespace

namespace detail {

std::vector<std::string> cgroup_folders(const std::string& membership, const std::string& controller,
                                        const std::string& root) {
  std::istringstream lines(membership);
  std::vector<std::string> folders;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool ours = controller.empty()
                          ? controllers.empty()
                          : ("," + controllers + ",").find("," + controller + ",") != std::string::npos;
    if (!ours) continue;
    const std::string base = root + (controllers.empty() ? "" : "/" + controllers);
    std::string path = line.substr(second + 1);
    // Inside a container the path may be the host's, which isn't there: the walk up still ends at the
    // container's root.
    while (!path.empty() && path != "/") {
      folders.push_back(base + path);
      path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
    }
    folders.push_back(base);
  }
  return folders;
}

int quota_cpus(const std::string& cpu_max) {
  std::istringstream text(cpu_max);
  std::int64_t quota = 0;
  std::int64_t period = 0;
  if (!(text >> quota >> period) || quota <= 0 || period <= 0) return 0;
  const std::int64_t cpus = quota / period + (quota % period != 0);
  return static_cast<int>(std::min<std::int64_t>(cpus, std::numeric_limits<int>::max()));
}

std::vector<int> parse_cpu_list(const std::string& text) {
  constexpr int kMostCpus = 1 << 16;  // a guest's nonsense mustn't cost memory
  std::vector<int> cpus;
  std::istringstream stream(text);
  for (std::string range; std::getline(stream, range, ',');) {
    int low = 0;
    int high = 0;
    const int fields = std::sscanf(range.c_str(), "%d-%d", &low, &high);
    if (fields < 1) break;
    if (fields == 1) high = low;
    if (low < 0 || high < low || high >= kMostCpus) break;
    for (int cpu = low; cpu <= high; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace detail

std::vector<int> affinity_cpus() {
  std::vector<int> cpus;
#ifdef __linux__
  // The kernel refuses a mask smaller than its own, so grow it (CPU_SETSIZE is 1024).
  for (int size = CPU_SETSIZE; size <= (1 << 16); size *= 4) {
    cpu_set_t* set = CPU_ALLOC(size);
    if (set == nullptr) break;
    const std::size_t set_bytes = CPU_ALLOC_SIZE(size);
    const bool known = sched_getaffinity(0, set_bytes, set) == 0;
    for (int cpu = 0; known && cpu < size; ++cpu) {
      if (CPU_ISSET_S(static_cast<std::size_t>(cpu), set_bytes, set)) cpus.push_back(cpu);
    }
    CPU_FREE(set);
    if (known) break;
  }
#endif
  return cpus;
}

namespace {

int count_allowed_cpus() {
  int cpus = static_cast<int>(affinity_cpus().size());
  if (cpus == 0) cpus = static_cast<int>(std::thread::hardware_concurrency());
#ifdef __linux__
  const int limit = cgroup_cpu_limit(file_text("/proc/self/cgroup"));
  if (limit > 0) cpus = std::min(cpus, limit);
#endif
  return std::max(1, cpus);
}

}  // namespace

int allowed_cpus() {
  static const int cpus = count_allowed_cpus();  // it reads files, and every asynchronous call asks
  return cpus;
}

std::size_t spare_memory() {
  std::size_t spare = std::numeric_limits<std::size_t>::max();
#ifdef __linux__
  std::istringstream lines(file_text("/proc/meminfo"));
  for (std::string line; std::getline(lines, line);) {
    long long kibibytes = 0;
    if (std::sscanf(line.c_str(), "MemAvailable: %lld kB", &kibibytes) == 1) {
      lower_to_free(spare, kibibytes * 1024, 0);
    }
  }
  const std::string membership = file_text("/proc/self/cgroup");
  for (const std::string& folder : detail::cgroup_folders(membership, "")) {
    lower_to_free(spare, file_number(folder + "/memory.max"), file_number(folder + "/memory.current"));
  }
  for (const std::string& folder : detail::cgroup_folders(membership, "memory")) {
    lower_to_free(spare, file_number(folder + "/memory.limit_in_bytes"),
                  file_number(folder + "/memory.usage_in_bytes"));
  }
  if (spare != std::numeric_limits<std::size_t>::max()) spare /= 2;
#endif
  return spare;
}

}  // namespace rooftile
