// Advance widths of Helvetica in thousandths of the font size, in groups; without a canvas this is the measure there is.
const GROUPS: [string, number][] = [
  ["ijl'|", 222],
  [' .,:;/\\!ftI[]()·', 278],
  ['r-', 333],
  ['ckvsxyzJ', 500],
  ['FTZL', 611],
  ['ABEKPSVXY&', 667],
  ['CDHNRUw', 722],
  ['GOQ', 778],
  ['mM', 833],
  ['W@%', 940],
];
const WIDTHS = new Map(
  GROUPS.flatMap(([characters, width]) => [...characters].map((c) => [c, width] as const)),
);
const USUAL = 556;

/** Linux falls back on DejaVu or Noto, which are that much wider than Helvetica: too much room is better than too little. */
const WIDEST = 1.14;

/** Pixels that a line of sans-serif text takes at most. */
export function textWidth(text: string, fontSize: number): number {
  let thousandths = 0;
  for (const character of text) {
    // Ideographs and other full-width signs are as wide as they are high.
    thousandths += WIDTHS.get(character) ?? (character > '\u2e7f' ? 1000 : USUAL);
  }
  return (WIDEST * thousandths * fontSize) / 1000;
}
