/** What a cache holds, by the loop of which it holds one iteration. */
export function heldText(loop: string): string {
  if (loop === 'none') return 'nothing between two micro-kernel calls';
  if (loop === 'run') return 'the whole run';
  const macro = loop === 'inner' || loop === 'middle' || loop === 'outer';
  return `what one iteration of the ${loop} ${macro ? 'macro ' : ''}loop touches`;
}
