import type { ConsistencyCheckResult, ConsistencyFinding } from '../../../article/report-data.js';
import { describeFinding } from '../../consistency.js';
import { type Html, html } from '../markup.js';
import { type Section, tablePart } from '../parts.js';
import { listed } from '../text.js';

export function consistencySection(
  findings: readonly ConsistencyFinding[] | null,
  checks: readonly ConsistencyCheckResult[] = [],
): Section | null {
  if (findings === null) return null;
  const found =
    findings.length === 0
      ? html`<p>No contradiction among the article’s figures and the results.</p>`
      : html`<p>Contradictions among the article’s figures, the commentary’s and the results, each with what explains it.</p><ul>${findings.map(findingPart)}</ul>`;
  const body = checks.length === 0 ? found : html`${found}${checksTable(checks)}`;
  return { id: 'consistency', title: 'Consistency', body };
}

function findingPart(finding: ConsistencyFinding): Html {
  const { check, points } = finding;
  return html`<li><p><b>${listed(points)}</b> <span class="mono muted">${check}</span><br>${describeFinding(finding)}</p></li>`;
}

function checksTable(checks: readonly ConsistencyCheckResult[]): Html {
  const rows = checks.map(({ check, what, points, findings }) => [
    html`<span class="mono">${check}</span>`,
    what,
    `${points}`,
    `${findings}`,
  ]);
  return html`<h3>What was checked</h3>${tablePart(
    'Consistency: what was checked',
    ['check', 'finds', 'points', 'findings'],
    rows,
  )}`;
}
