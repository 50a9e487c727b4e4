import { type Content, html, trusted } from './markup.js';
import type { Section } from './parts.js';
import { STYLE } from './style.js';

export interface Page {
  title: string;
  /** One line below the title. */
  context: string;
  /** What one reads first. */
  summary: Content;
  sections: readonly (Section | null)[];
  /** One line at the end. */
  footer: string;
}

/** The page may load and run nothing; the browser is told so. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** One file: no script, nothing fetched. Sections that are null are left out. */
export function pageText({ title, context, summary, sections, footer }: Page): string {
  const shown = sections.filter((section) => section !== null);
  return `${html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<title>${title}</title>
<style>
${trusted(STYLE)}
</style>
</head>
<body>
<header><h1>${title}</h1><p class="context">${context}</p></header>
<nav aria-label="Sections"><ul>${shown.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main>
${summary}
${shown.map(({ id, title: name, body }) => html`<section id="${id}"><h2>${name}</h2>${body}</section>\n`)}</main>
<footer>${footer}</footer>
</body>
</html>`}\n`;
}
