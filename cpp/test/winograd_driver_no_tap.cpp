// The driver with the empty tap, alone in an object file: see compare_instructions.cmake.
#include "conv/winograd_driver.h"

template class rooftile::conv::WinogradDriver<rooftile::traffic::NoTap>;
