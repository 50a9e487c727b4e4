import type { Workload } from '../plans/plan.js';
import { conv2dFamily } from './conv2d.js';
import type { Family } from './family.js';
import { gemmFamily } from './gemm.js';
import { gruFamily, lstmFamily } from './rnn.js';

export type { Family, FamilyRun } from './family.js';

/** Every kind of layer: a new one is its file and one line here. */
export const FAMILIES = [gemmFamily, conv2dFamily, gruFamily, lstmFamily] as unknown as readonly Family[];

/** Throws a RangeError that lists the kinds for one that isn't there. */
export function familyNamed(kind: unknown): Family {
  const found = FAMILIES.find((family) => family.kind === kind);
  if (found === undefined) {
    const kinds = FAMILIES.map((family) => family.kind).join(', ');
    throw new RangeError(`'${kind}' is no kind of layer; there is ${kinds}`);
  }
  return found;
}

/** The shape without its type, for names that say the type elsewhere. */
export function sizesOf(workload: Workload): string {
  const [sizes = ''] = familyOf(workload).name(workload).split(':');
  return sizes;
}

export function familyOf(workload: Pick<Workload, 'kind'>): Family {
  return familyNamed(workload.kind);
}
