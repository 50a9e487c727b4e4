// Finds vectors that the compiler keeps on the stack inside the loops that a kernel spends its time in, from what
// `objdump -d -w --no-show-raw-insn` prints of x86 code (AT&T syntax).

// Fused multiply-adds, dot products of bytes, words and bfloat16. The scalar ISA has none, so no hot loops either.
const MULTIPLY_ADD = /^v(fn?m(add|sub)|pdp|pmadd|dpbf16)/;

/**
 * The hot loops of a disassembly: innermost loops that add products to a vector which the round before left, in a
 * register or on the stack. That keeps out loops whose multiply-adds are polynomials, one result a round: the gates of
 * a recurrent step read sums from the stack because they are meant to.
 * Gives [{ symbol, spills }]; `spills` are the loop's instructions that have a vector and an operand on the stack.
 */
export function hotLoops(disassembly) {
  return functionsOf(disassembly).flatMap(({ symbol, instructions }) => {
    const hot = loopsOf(instructions).filter(sumsProducts);
    const innermost = hot.filter((loop) => !hot.some((other) => other !== loop && within(other, loop)));
    return innermost.map((loop) => ({ symbol, spills: loop.filter(isSpill).map(({ text }) => text) }));
  });
}

function within(inner, outer) {
  return inner.every((instruction) => outer.includes(instruction));
}

function isSpill({ onStack, vectors }) {
  return onStack !== undefined && vectors.some((vector) => vector !== undefined);
}

function functionsOf(disassembly) {
  const functions = [];
  for (const line of disassembly.split('\n')) {
    const header = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (header) functions.push({ symbol: header[1], instructions: [] });
    const instruction = /^ *([0-9a-f]+):\t(\S+)\s*(.*?)\s*(#.*)?$/.exec(line);
    if (instruction) functions.at(-1)?.instructions.push(parse(instruction));
  }
  for (const { instructions } of functions) findStackOperands(instructions);
  return functions;
}

function parse([, address, name, rest]) {
  const operands = rest.split(/,(?![^(]*\))/); // not at the commas of (base,index,scale)
  const vectors = operands.map((operand) => /^%[xyz]mm(\d+)/.exec(operand)?.[1]);
  const jump = /^j/.test(name) ? Number.parseInt(operands[0], 16) : undefined;
  return { address: Number.parseInt(address, 16), name, operands, vectors, jump, text: `${name} ${rest}` };
}

/**
 * Sets `onStack` to an instruction's operand there. Arrays of vectors are also reached by registers that were given
 * their address on some way to it; %rbp is one of these, and else a register like all others.
 */
function findStackOperands(instructions) {
  const blocks = blocksOf(instructions);
  const found = new Map(blocks.map((block) => [block, new Set(['%rsp'])]));
  const waiting = new Set(blocks);
  for (const block of waiting) {
    waiting.delete(block);
    const pointers = new Set(found.get(block));
    for (const instruction of block.instructions) followPointers(instruction, pointers);
    for (const next of block.after) {
      const before = found.get(next).size;
      for (const pointer of pointers) found.get(next).add(pointer);
      if (found.get(next).size > before) waiting.add(next);
    }
  }
}

/** Of what the registers point at before an instruction makes what they point at after it. */
function followPointers(instruction, pointers) {
  const { name, operands } = instruction;
  const isPointed = (operand) => pointers.has(/\((%\w+)/.exec(operand)?.[1]);
  const [from] = operands;
  const to = wholeRegister(operands.at(-1));
  if (name !== 'lea') instruction.onStack = operands.find(isPointed);
  if (name === 'lea' ? isPointed(from) : name === 'mov' && pointers.has(from)) pointers.add(to);
  else if (to !== '%rsp' && !/^(add|sub|and|cmp|test|push)/.test(name)) pointers.delete(to);
}

/** %eax is half of %rax, %r8d half of %r8. */
function wholeRegister(operand) {
  return operand.replace(/^%e/, '%r').replace(/^(%r\d+)d$/, '$1');
}

/** Natural loops, each its instructions from the head on: a jump back to a block that all ways to the jump pass. */
function loopsOf(instructions) {
  const blocks = blocksOf(instructions);
  const roots = blocks.filter(({ before }, index) => index === 0 || before.length === 0);
  const loops = new Map();
  for (const tail of blocks) {
    for (const head of tail.after) {
      if (reach(roots, 'after', head).has(tail)) continue;
      const body = reach([tail], 'before', head);
      loops.set(head, new Set([...(loops.get(head) ?? []), ...body]));
    }
  }
  return [...loops].map(([head, body]) => {
    const start = blocks.indexOf(head);
    const rest = [...blocks.slice(start + 1), ...blocks.slice(0, start)].filter((block) => body.has(block));
    return [head, ...rest].flatMap((block) => block.instructions);
  });
}

/** Runs of instructions that are entered at their first and left at their last, with their neighbours. */
function blocksOf(instructions) {
  const targets = new Set(instructions.map(({ jump }) => jump));
  const blocks = [];
  for (const [index, instruction] of instructions.entries()) {
    if (index === 0 || targets.has(instruction.address) || leaves(instructions[index - 1])) {
      blocks.push({ instructions: [], before: [], after: [] });
    }
    blocks.at(-1).instructions.push(instruction);
  }
  const starts = new Map(blocks.map((block) => [block.instructions[0].address, block]));
  for (const [index, block] of blocks.entries()) {
    const { name, jump } = block.instructions.at(-1);
    const next = /^(jmp|ret)/.test(name) ? undefined : blocks[index + 1];
    block.after = [...new Set([starts.get(jump), next])].filter(Boolean);
    for (const other of block.after) other.before.push(block);
  }
  return blocks;
}

function leaves({ name }) {
  return /^(j|ret)/.test(name);
}

/** The blocks on all ways from `blocks` that don't enter `closed`. */
function reach(blocks, direction, closed) {
  const reached = new Set();
  const waiting = [...blocks];
  while (waiting.length > 0) {
    const block = waiting.pop();
    if (block === closed || reached.has(block)) continue;
    reached.add(block);
    waiting.push(...block[direction]);
  }
  return reached;
}

/** Whether a multiply-add feeds a vector that a round takes over from the one before: nothing else wrote it till then. */
function sumsProducts(loop) {
  if (!loop.some(({ name }) => MULTIPLY_ADD.test(name))) return false;
  const written = new Set();
  const read = new Set();
  for (const instruction of loop) {
    const { name, operands, vectors, onStack } = instruction;
    const target = vectors.at(-1);
    const sums = /^vp?add/.test(name) ? vectors.slice(0, -1).includes(target) : accumulates(name);
    if (target !== undefined && sums && !written.has(target)) return true;
    written.add(target);
    if (!isSpill(instruction)) continue;
    if (onStack !== operands.at(-1)) read.add(onStack);
    else if (read.has(onStack)) return true;
  }
  return false;
}

/** vpmaddwd and vpmaddubsw only make the products. */
function accumulates(name) {
  return MULTIPLY_ADD.test(name) && !/^vpmadd(wd|ubsw)/.test(name);
}
