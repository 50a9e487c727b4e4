/** A library that the C++ driver has a module for, bench/peers/native/NAME.cpp. */
export interface Library {
  name: string;
  title: string;
  debianPackage: string;
  kinds: readonly NativeKind[];
  /** It has sides for other types than f32. */
  narrow: boolean;
}

/** Layers that the C++ driver knows. */
export const NATIVE_KINDS = ['gemm', 'conv2d', 'gru', 'lstm'] as const;
export type NativeKind = (typeof NATIVE_KINDS)[number];

export const LIBRARIES: readonly Library[] = [
  { name: 'openblas', title: 'OpenBLAS', debianPackage: 'libopenblas-dev', kinds: ['gemm'], narrow: false },
  { name: 'blis', title: 'BLIS', debianPackage: 'libblis-dev', kinds: ['gemm'], narrow: false },
  { name: 'onednn', title: 'oneDNN', debianPackage: 'libdnnl-dev', kinds: NATIVE_KINDS, narrow: true },
  { name: 'eigen', title: 'Eigen', debianPackage: 'libeigen3-dev', kinds: ['gemm'], narrow: false },
];

/** A library, or one of its sides, that couldn't take part; `name` is '' for all of it. */
export interface Missing {
  peer: string;
  name: string;
  reason: string;
}

/** Those of `names` that have such layers. */
export function librariesOf(
  kind: NativeKind,
  type: string,
  names: readonly string[] = LIBRARIES.map(({ name }) => name),
): string[] {
  return LIBRARIES.filter(
    ({ name, kinds, narrow }) => names.includes(name) && kinds.includes(kind) && (type === 'f32' || narrow),
  ).map(({ name }) => name);
}

/** One sentence for people, with the command that mends it where there is one. */
export function missingMessage({ peer, name, reason }: Missing): string {
  const library = LIBRARIES.find((candidate) => candidate.name === peer);
  if (library === undefined || name !== '') return `${peer} ${name} is left out: ${reason}`;
  const { title, debianPackage } = library;
  return `${title} is left out (${reason}): \`apt-get install ${debianPackage}\` brings it`;
}
