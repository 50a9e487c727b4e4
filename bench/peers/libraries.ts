/** A library that the C++ driver has a module for, bench/peers/native/NAME.cpp. */
export interface Library {
  name: string;
  title: string;
  debianPackage: string;
  /** It has sides for other types than f32. */
  narrow: boolean;
}

export const LIBRARIES: readonly Library[] = [
  { name: 'openblas', title: 'OpenBLAS', debianPackage: 'libopenblas-dev', narrow: false },
  { name: 'blis', title: 'BLIS', debianPackage: 'libblis-dev', narrow: false },
  { name: 'onednn', title: 'oneDNN', debianPackage: 'libdnnl-dev', narrow: true },
  { name: 'eigen', title: 'Eigen', debianPackage: 'libeigen3-dev', narrow: false },
];

/** A library, or one of its sides, that couldn't take part; `name` is '' for all of it. */
export interface Missing {
  peer: string;
  name: string;
  reason: string;
}

/** One sentence for people, with the command that mends it where there is one. */
export function missingMessage({ peer, name, reason }: Missing): string {
  const library = LIBRARIES.find((candidate) => candidate.name === peer);
  if (library === undefined || name !== '') return `${peer} ${name} is left out: ${reason}`;
  const { title, debianPackage } = library;
  return `${title} is left out (${reason}): \`apt-get install ${debianPackage}\` brings it`;
}
