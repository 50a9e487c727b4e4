// The driver with the empty tap, alone in an object file: see compare_instructions.cmake.
#include "gemm/driver.h"

template class rooftile::gemm::Driver<rooftile::traffic::NoTap>;
