/**
 * How a convolution is computed: `direct` as it is written down; `winograd2` and `winograd4` as F(2×2, 3×3) and
 * F(4×4, 3×3), with fewer multiplications, more bytes and more rounding.
 */
export const ALGORITHMS = ['direct', 'winograd2', 'winograd4'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export type WinogradAlgorithm = Exclude<Algorithm, 'direct'>;

/** Whether a plan may round more than a sum in fp32 does, for speed. */
export const ACCURACIES = ['exact', 'fast'] as const;
export type Accuracy = (typeof ACCURACIES)[number];

/** Side of a square output tile. */
export const WINOGRAD_SIDE: Readonly<Record<WinogradAlgorithm, number>> = { winograd2: 2, winograd4: 4 };

/** Points at which a tile's polynomials are multiplied: the square of the side of the window of inputs. */
export function winogradPoints(algorithm: WinogradAlgorithm): number {
  return (WINOGRAD_SIDE[algorithm] + 2) ** 2;
}
