#include "traffic/line_walker.h"

#include <cstdint>
#include <string>
#include <vector>

#include "check.h"

using namespace rooftile::traffic;

namespace {

/** An address that is never read. */
const void* at(std::uintptr_t address) {
  return reinterpret_cast<const void*>(address);
}

Touch touch_of(Operand operand, std::uintptr_t base, std::int64_t rows, std::int64_t row_bytes,
               std::int64_t stride_bytes, Walk walk) {
  Block block{};
  block.operand = operand;
  block.base = at(base);
  block.rows = rows;
  block.row_bytes = row_bytes;
  block.stride_bytes = stride_bytes;
  block.tiles = 1;
  block.loaded_bytes = kEachByteOnce;
  block.walk = walk;
  return {block, Access::read};
}

/** Lines in the order of the walk, each with the first letter of its operand: "w0 i4 …". */
std::string walk(const std::vector<Touch>& call, std::int64_t line_bytes = 64) {
  std::string lines;
  LineWalker(line_bytes).walk(call, [&](std::uint64_t line, const Touch& touch) {
    const char names[] = {'w', 'i', 'o', 's', 'W', 'I', 'x'};
    if (!lines.empty()) lines += ' ';
    lines += names[static_cast<int>(touch.block.operand)] + std::to_string(line);
  });
  return lines;
}

constexpr Operand kWeights = Operand::weights, kInputs = Operand::inputs, kOutputs = Operand::outputs;

void test_once() {
  CHECK_EQ(walk({touch_of(kOutputs, 0, 2, 128, 256, Walk::once)}), "o0 o1 o4 o5");
  // Rows end to end are one run: the line that two of them share is told once.
  CHECK_EQ(walk({touch_of(kOutputs, 0, 4, 32, 32, Walk::once)}), "o0 o1");
  // Rows apart are touched one by one, even where they share a line.
  CHECK_EQ(walk({touch_of(kOutputs, 0, 4, 16, 32, Walk::once)}), "o0 o0 o1 o1");
  CHECK_EQ(walk({touch_of(kOutputs, 60, 1, 8, 8, Walk::once)}), "o0 o1");
  CHECK_EQ(walk({touch_of(kOutputs, 63, 1, 1, 1, Walk::once)}), "o0");
}

void test_rows() {
  CHECK_EQ(walk({touch_of(kWeights, 128, 3, 128, 128, Walk::rows)}), "w2 w3 w4 w5 w6 w7");
  CHECK_EQ(walk({touch_of(kWeights, 0, 3, 64, 640, Walk::rows)}), "w0 w10 w20");
  // Rows shorter than a line: the steps after the first find it.
  CHECK_EQ(walk({touch_of(kWeights, 0, 8, 16, 16, Walk::rows)}), "w0 w1");
  // Rows across the end of a line: the line that the next row begins with is known.
  CHECK_EQ(walk({touch_of(kWeights, 32, 2, 64, 64, Walk::rows)}), "w0 w1 w2");
  // Rows may go down in memory.
  CHECK_EQ(walk({touch_of(kWeights, 640, 3, 64, -64, Walk::rows)}), "w10 w9 w8");
}

void test_columns() {
  // The next line of every row in each step.
  CHECK_EQ(walk({touch_of(kInputs, 0, 2, 192, 640, Walk::columns)}), "i0 i10 i1 i11 i2 i12");
  // The last step takes what is left of a row.
  CHECK_EQ(walk({touch_of(kInputs, 0, 2, 68, 640, Walk::columns)}), "i0 i10 i1 i11");
  // Unaligned rows: a step reaches into the next line, which the step after then knows.
  CHECK_EQ(walk({touch_of(kInputs, 32, 1, 128, 128, Walk::columns)}), "i0 i1 i2");
  CHECK_EQ(walk({touch_of(kInputs, 32, 1, 72, 128, Walk::columns)}), "i0 i1");
  CHECK_EQ(walk({touch_of(kInputs, 0, 3, 4, 640, Walk::columns)}), "i0 i10 i20");
}

void test_columns_backward() {
  CHECK_EQ(walk({touch_of(kInputs, 0, 2, 192, 640, Walk::columns_backward)}), "i2 i12 i1 i11 i0 i10");
  CHECK_EQ(walk({touch_of(kInputs, 0, 2, 68, 640, Walk::columns_backward)}), "i1 i11 i0 i10");
  // Unaligned rows: the line that two steps share is told by the first of them.
  CHECK_EQ(walk({touch_of(kInputs, 32, 1, 128, 128, Walk::columns_backward)}), "i2 i1 i0");
  CHECK_EQ(walk({touch_of(kInputs, 32, 1, 72, 128, Walk::columns_backward)}), "i1 i0");
  CHECK_EQ(walk({touch_of(kInputs, 0, 3, 4, 640, Walk::columns_backward)}), "i0 i10 i20");
  // The same lines as forward, together with others in the same proportion.
  CHECK_EQ(walk({touch_of(kWeights, 0, 1, 256, 256, Walk::columns_backward),
                 touch_of(kInputs, 1280, 1, 128, 128, Walk::columns_backward)}),
           "w3 w2 i21 w1 w0 i20");
}

void test_together() {
  // Two rows of weights a line of inputs: they advance in proportion, and what is touched once comes last.
  CHECK_EQ(
      walk({touch_of(kWeights, 0, 4, 64, 64, Walk::rows), touch_of(kOutputs, 6400, 1, 64, 64, Walk::once),
            touch_of(kInputs, 1280, 1, 128, 128, Walk::columns)}),
      "w0 w1 i20 w2 w3 i21 o100");
  // Equal numbers of steps alternate, in the order of the call's blocks.
  CHECK_EQ(
      walk({touch_of(kInputs, 1280, 2, 64, 64, Walk::rows), touch_of(kWeights, 0, 2, 64, 64, Walk::rows)}),
      "i20 w0 i21 w1");
  // Five against three: all of both, neither ahead by more than a step.
  CHECK_EQ(
      walk({touch_of(kWeights, 0, 5, 64, 64, Walk::rows), touch_of(kInputs, 1280, 3, 64, 64, Walk::rows)}),
      "w0 w1 i20 w2 w3 i21 w4 i22");
  // What one block knows, another doesn't.
  CHECK_EQ(walk({touch_of(kWeights, 0, 2, 16, 16, Walk::rows), touch_of(kInputs, 0, 2, 16, 16, Walk::rows)}),
           "w0 i0");
}

void test_nothing() {
  CHECK_EQ(walk({}), "");
  for (const Walk how : {Walk::once, Walk::rows, Walk::columns, Walk::columns_backward}) {
    CHECK_EQ(walk({touch_of(kWeights, 0, 0, 64, 64, how)}), "");
    CHECK_EQ(walk({touch_of(kWeights, 0, 3, 0, 64, how)}), "");
    CHECK_EQ(walk({touch_of(kWeights, 0, 0, 64, 64, how), touch_of(kInputs, 64, 1, 64, 64, Walk::rows)}),
             "i1");
  }
}

void test_line_sizes() {
  CHECK_EQ(walk({touch_of(kOutputs, 0, 1, 256, 256, Walk::once)}, 128), "o0 o1");
  CHECK_EQ(walk({touch_of(kInputs, 128, 1, 256, 256, Walk::columns)}, 128), "i1 i2");
  CHECK_EQ(walk({touch_of(kWeights, 0, 4, 64, 64, Walk::rows)}, 256), "w0");
  CHECK_EQ(walk({touch_of(kWeights, 4, 1, 8, 8, Walk::once)}, 4), "w1 w2");
}

/** A walker serves many calls, and none remembers the one before. */
void test_calls() {
  LineWalker walker(64);
  const std::vector<Touch> call = {touch_of(kWeights, 0, 2, 64, 64, Walk::rows)};
  for (int turn = 0; turn < 3; ++turn) {
    std::int64_t lines = 0;
    walker.walk(call, [&](std::uint64_t, const Touch&) { ++lines; });
    CHECK_EQ(lines, 2);
  }
}

}  // namespace

int main() {
  test_once();
  test_rows();
  test_columns();
  test_columns_backward();
  test_together();
  test_nothing();
  test_line_sizes();
  test_calls();
  return rooftile::test::finish();
}
