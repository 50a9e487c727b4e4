import { finish } from '../kernels/calls.js';
import type { Machine } from '../machine/types.js';
import type { NativeCount } from '../native/observing.js';
import type { Job } from '../native/types.js';
import { boundariesOf, type Residency, scopesOf, sharesLastCache } from '../theory/caches.js';
import { type State, type Traffic, trafficOf } from '../theory/rows.js';

/** Starts a count of the addon. */
export type CountJob = (scopes: number[], sharedLastCache: boolean, warm: boolean) => Job<NativeCount>;

/** The traffic that a count of the addon found under what theory takes the caches of a machine to hold. */
export async function counted(
  machine: Machine,
  state: State,
  plan: { threads: number; residency: readonly Residency[] },
  job: CountJob,
  signal?: AbortSignal,
): Promise<Traffic & Pick<NativeCount, 'schedule'>> {
  const scopes = scopesOf(plan.residency);
  const shared = sharesLastCache(plan.threads, machine);
  const { rows, schedule } = await finish(() => job(scopes, shared, state === 'warm'), signal);
  return { ...trafficOf(rows, boundariesOf(machine)), schedule };
}
