import { FAMILIES } from '../families/index.js';
import { NETWORKS, type NetworkLayer, networkNamed } from '../networks/index.js';
import { KINDS_TEXT, parseWorkload } from './workloads.js';

/** Layers to look at together: those of a network, or shapes that were given one by one (`network` is null). */
export interface Target {
  network: string | null;
  batch: number;
  layers: readonly NetworkLayer[];
}

/**
 * `NETWORK…` and `KIND SHAPE…` in any order: shapes belong to the kind before them. Throws a RangeError for a word that
 * is none of them, and for a kind without a shape.
 */
export function parseTargets(words: readonly string[], batch: number): Target[] {
  const targets: Target[] = [];
  let kind: string | null = null;
  let shapes = 0;
  const closed = () => {
    if (kind !== null && shapes === 0) throw new RangeError(`${kind} needs a shape: ${grammarOf(kind)}`);
  };
  for (const word of words) {
    if (FAMILIES.some((family) => family.kind === word)) {
      closed();
      [kind, shapes] = [word, 0];
    } else if (Object.hasOwn(NETWORKS, word)) {
      closed();
      kind = null;
      targets.push({ network: word, batch, layers: networkNamed(word, { batch }).layers });
    } else if (kind === null) {
      const networks = Object.keys(NETWORKS).join(', ');
      throw new RangeError(
        `'${word}' is neither a network (${networks}) nor a kind of layer (${KINDS_TEXT})`,
      );
    } else {
      shapes += 1;
      const workload = parseWorkload(kind, word);
      const layer: NetworkLayer = { name: `${kind} ${word}`, workload, activation: 'none', bias: false };
      const last = targets.at(-1);
      if (last?.network === null) targets[targets.length - 1] = { ...last, layers: [...last.layers, layer] };
      else targets.push({ network: null, batch: 1, layers: [layer] });
    }
  }
  closed();
  return targets;
}

function grammarOf(kind: string): string {
  const family = FAMILIES.find((one) => one.kind === kind);
  return family === undefined ? '' : `such as ${family.example} (${family.shapeHelp})`;
}
