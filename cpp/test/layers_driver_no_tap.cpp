// The driver with the empty tap, alone in an object file: see compare_instructions.cmake.
#include "layers/driver.h"

template class rooftile::layers::Driver<rooftile::traffic::NoTap>;
