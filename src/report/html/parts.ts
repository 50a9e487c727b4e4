import { alignmentOf } from '../table.js';
import type { Chart, ChartTable, KeyItem } from './charts/chart.js';
import { type Content, type Html, html, trusted } from './markup.js';
import { type ColourName, colour } from './palette.js';

/** A part of the page, or nothing of it. */
export interface Section {
  id: string;
  title: string;
  body: Content;
}

/**
 * A table that scrolls inside its own box. Columns of figures stand right. `label` names it for those who can't see
 * where it stands; `stack`: on a phone the cells of a row stand one below the other, for columns of prose.
 */
export function tablePart(
  label: string,
  headers: readonly Content[],
  rows: readonly (readonly Content[])[],
  options: { stack?: boolean } = {},
): Html {
  const right = headers.map((_, column) => alignmentOf(rows.map((row) => plain(row[column]))) === 'right');
  const cell = (content: Content, column: number) =>
    right[column] ? html`<td class="n">${content}</td>` : html`<td>${content}</td>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table${
    options.stack ? html` class="stack"` : ''
  }><thead><tr>${headers.map((header, column) =>
    right[column] ? html`<th scope="col" class="n">${header}</th>` : html`<th scope="col">${header}</th>`,
  )}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}

/** The text of a cell, for its alignment; markup counts as text. */
function plain(content: Content): string {
  if (typeof content === 'string') return content;
  return typeof content === 'number' ? String(content) : content ? 'markup' : '';
}

export function chartPart(chart: Chart): Html {
  const { title, svg, caption, key, legend, table } = chart;
  return html`<figure id="chart-${chart.id}"><h3>${title}</h3>${trusted(svg.wide)}${trusted(svg.narrow)}${
    key.length > 0 && html`<ul class="key">${key.map(keyPart)}</ul>`
  }${legend.length > 0 && legendPart(legend)}<figcaption>${caption}</figcaption>${
    table !== null && dataPart(title, table)
  }</figure>`;
}

/** Lists longer than this are folded away. */
const OPEN_LEGEND = 24;

function legendPart(legend: readonly string[]): Html {
  const list = html`<ol class="legend">${legend.map((item) => html`<li>${item}</li>`)}</ol>`;
  return legend.length <= OPEN_LEGEND
    ? list
    : html`<details><summary>The ${legend.length} numbered points</summary>${list}</details>`;
}

function dataPart(title: string, { headers, rows }: ChartTable): Html {
  return html`<details><summary>Data of this chart</summary>${tablePart(`Data: ${title}`, headers, rows)}</details>`;
}

const PATHS: Record<string, string> = {
  circle: '<circle cx="9" cy="7" r="4.5"/>',
  square: '<rect x="4.5" y="2.5" width="9" height="9"/>',
  'triangle-up': '<path d="M9 2 14 11.5H4Z"/>',
  'triangle-down': '<path d="M9 12 14 2.5H4Z"/>',
  diamond: '<path d="M9 1.5 14 7 9 12.5 4 7Z"/>',
  cross: '<path d="M7.5 2h3v3.5H14v3h-3.5V12h-3V8.5H4v-3h3.5Z"/>',
  bar: '<rect x="2" y="2" width="14" height="10"/>',
  line: '<path d="M0 7H18"/>',
  upright: '<path d="M9 0V14"/>',
};

function keyPart({ label, shape, filled, colour: name, dashed }: KeyItem): Html {
  const fill = shape === 'line' || shape === 'upright' || !filled ? 'none' : colour(name as ColourName);
  const dash = dashed ? ' stroke-dasharray="5 3"' : '';
  return html`<li><svg viewBox="0 0 18 14" aria-hidden="true"><g fill="${fill}" stroke="${colour(name)}" stroke-width="1.75"${trusted(dash)}>${trusted(PATHS[shape] ?? '')}</g></svg>${label}</li>`;
}
