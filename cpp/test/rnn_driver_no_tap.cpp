// The driver of a step with the empty tap, alone in an object file: see compare_instructions.cmake.
#include "rnn/driver.h"

template class rooftile::rnn::StepDriver<rooftile::traffic::NoTap>;
