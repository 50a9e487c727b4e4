import type { ClaimResult, Verdict } from '../../../article/claim.js';
import { type Series, type Singles, seriesOf, shownValue, singlesOf } from '../../figures.js';
import { type Html, html } from '../markup.js';
import { type Section, tablePart } from '../parts.js';

const VERDICTS: Record<Verdict, { sign: string; text: string }> = {
  holds: { sign: '✓', text: 'holds' },
  'holds-if': { sign: '◐', text: 'holds if' },
  'does-not-hold': { sign: '✗', text: 'does not hold' },
};

/** Sign, words, border and colour all tell the verdict. */
export function badge(verdict: Verdict): Html {
  const { sign, text } = VERDICTS[verdict];
  return html`<span class="badge ${verdict}"><span aria-hidden="true">${sign} </span>${text}</span>`;
}

/** Every claim in a line. */
export function claimsTable(claims: readonly ClaimResult[]): Html {
  return tablePart(
    'Claims and verdicts',
    ['claim', 'verdict', 'condition, or the right value'],
    claims.map(({ id, claim, verdict, condition }) => [
      html`<a href="#claim-${id}" class="mono">${id}</a><small>${claim}</small>`,
      badge(verdict),
      condition ?? '',
    ]),
    { stack: true },
  );
}

export function claimsSection(claims: readonly ClaimResult[]): Section | null {
  if (claims.length === 0) return null;
  return { id: 'claims', title: 'Claims, with their figures', body: claims.map(claimPart) };
}

function claimPart({ id, claim, verdict, condition, figures }: ClaimResult): Html {
  const series = seriesOf(figures);
  const singles = singlesOf(figures);
  return html`<article id="claim-${id}"><h3><span class="mono">${id}</span> ${badge(verdict)}</h3><p>${claim}</p>${
    condition !== null && html`<p class="muted">→ ${condition}</p>`
  }${series !== null && seriesPart(id, series)}${singles !== null && singlesPart(id, singles)}${reasonsPart(
    figures,
  )}</article>`;
}

function seriesPart(id: string, { columns, cases }: Series): Html {
  return tablePart(
    `${id}: figures by case`,
    ['', ...columns.map(({ quantity, unit, source }) => html`${quantity}<small>${unit}, ${source}</small>`)],
    cases.map(({ name, values }) => [name, ...values.map(shownValue)]),
  );
}

function singlesPart(id: string, { sources, rows }: Singles): Html {
  return tablePart(
    `${id}: figures`,
    ['figure', 'unit', ...sources],
    rows.map(({ name, unit, values }) => [name, unit, ...values.map(shownValue)]),
  );
}

/** Why figures are absent. */
function reasonsPart(figures: ClaimResult['figures']): Html | null {
  const reasons = [...new Set(figures.flatMap(({ reason }) => reason ?? []))];
  return reasons.length === 0 ? null : html`<p class="muted">Not measured: ${reasons.join('; ')}</p>`;
}
