import type { ConsistencyFinding } from '../../../article/report-data.js';
import { type Html, html } from '../markup.js';
import type { Section } from '../parts.js';
import { listed, showNumber } from '../text.js';

export function consistencySection(findings: readonly ConsistencyFinding[] | null): Section | null {
  if (findings === null) return null;
  const body =
    findings.length === 0
      ? html`<p>No contradiction among the article’s figures and the results.</p>`
      : html`<p>Contradictions among the article’s figures, the commentary’s and the results, each with what explains it.</p><ul>${findings.map(findingPart)}</ul>`;
  return { id: 'consistency', title: 'Consistency', body };
}

function findingPart({ check, points, numbers, ratio, explanation }: ConsistencyFinding): Html {
  const figures = numbers.map(({ name, unit, value }) => `${name} ${showNumber(value)} ${unit}`.trim());
  const factor = ratio === null ? '' : `, a factor of ${showNumber(ratio)}`;
  return html`<li><p><b>${listed(points)}</b> <span class="mono muted">${check}</span><br>${figures.join(' against ')}${factor}. ${sentence(explanation)}</p></li>`;
}

/** With a capital and a full stop. */
function sentence(text: string): string {
  const [first = '', ...rest] = text.trim();
  return `${first.toUpperCase()}${rest.join('')}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
