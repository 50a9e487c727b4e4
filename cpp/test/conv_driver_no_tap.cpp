// The driver with the empty tap, alone in an object file: see compare_instructions.cmake.
#include "conv/driver.h"

template class rooftile::conv::Driver<rooftile::traffic::NoTap>;
