#pragma once

namespace rooftile::peers {

/**
 * Nanoseconds that a line takes from one CPU to another, between the first two that we may use, and 0 with
 * fewer. A host that moves its virtual CPUs between one last-level cache and two shows here, before
 * two-thread figures do.
 */
double core_to_core_nanoseconds();

}  // namespace rooftile::peers
