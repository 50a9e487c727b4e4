// How many CPUs this process may keep busy: affinity mask and cgroup quota counted.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rooftile {

// CPU numbers of the affinity mask, ascending; empty where the system can't say (not Linux).
std::vector<int> affinity_cpus();

// At least 1. The quota is rounded up: a container with 1.5 CPUs can use two threads.
int allowed_cpus();

// Bytes that a measurement may allocate without waking the OOM killer: half of what the system and the cgroup
// leave free. The largest size_t where neither can be read.
std::size_t spare_memory();

namespace detail {
// The folders of this process's cgroup for one v1 controller ("cpu"), or v2 (""), from its own folder up to
// the root: a limit may stand at any of them. `membership` is the text of /proc/self/cgroup.
std::vector<std::string> cgroup_folders(const std::string& membership, const std::string& controller,
                                        const std::string& root = "/sys/fs/cgroup");

// CPUs of "max 100000" or "150000 100000" (cpu.max); 0 for no limit or nonsense.
int quota_cpus(const std::string& cpu_max);

// "0-3,8" → {0,1,2,3,8}; what can't be read ends the list.
std::vector<int> parse_cpu_list(const std::string& text);
}  // namespace detail

}  // namespace rooftile
