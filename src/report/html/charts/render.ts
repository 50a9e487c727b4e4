import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { escapeText } from '../markup.js';
import { colour } from '../palette.js';
import type { Size } from './chart.js';
import { textWidth } from './text-width.js';

/** Text over lines: the page's colour around it. The style sheet paints it beneath the letters. */
export const HALO = { stroke: colour('bg'), strokeWidth: 3 } as const;

/** Font size of labels. Both drawings are shown at about their own size. */
export const FONT = 12;

// Without a canvas vega takes every character to be 0.8 em wide, and leaves out labels for which there is room.
const metrics = (vega as unknown as { textMetrics: { width: (item: TextItem, text: unknown) => number } })
  .textMetrics;
metrics.width = (item, text) => textWidth(String(text ?? ''), item.fontSize ?? FONT);
interface TextItem {
  fontSize?: number;
}

const CONFIG = {
  aria: false,
  background: 'transparent',
  font: 'sans-serif',
  padding: 6,
  view: { stroke: null },
  text: { color: colour('ink'), fontSize: FONT },
  axis: {
    labelColor: colour('muted'),
    labelFontSize: FONT,
    titleColor: colour('ink'),
    titleFontSize: FONT + 1,
    titleFontWeight: 'normal',
    titlePadding: 8,
    gridColor: colour('grid'),
    domainColor: colour('axis'),
    tickColor: colour('axis'),
  },
  title: {
    color: colour('ink'),
    subtitleColor: colour('muted'),
    fontSize: FONT + 1,
    subtitleFontSize: FONT,
    anchor: 'start',
    frame: 'bounds',
    fontWeight: 'bold',
  },
} as const;

/** A specification without the settings that are the same for every chart. */
export type Spec = Omit<TopLevelSpec, '$schema' | 'config' | 'background' | 'padding'> & object;

/** Draws a chart in both sizes. `id` must be the page's only one. */
export async function draw(
  id: string,
  alt: string,
  spec: (size: Size) => Spec,
): Promise<Record<Size, string>> {
  const one = async (size: Size) => {
    const svg = await svgOf({ ...spec(size), config: CONFIG } as unknown as TopLevelSpec);
    return inlined(svg, `${id}-${size}`, size, alt);
  };
  return { wide: await one('wide'), narrow: await one('narrow') };
}

async function svgOf(spec: TopLevelSpec): Promise<string> {
  const logger = vega.logger(vega.None); // a library doesn't print
  const view = new vega.View(vega.parse(compile(spec, { logger }).spec), {
    renderer: 'none',
    logLevel: vega.None,
    logger,
  });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The drawing as a part of a page: named by its alt text, scaled by the style sheet, ids unlike those of other drawings. */
function inlined(svg: string, prefix: string, size: Size, alt: string): string {
  const [, width = '0', height = '0'] = /^<svg[^>]*\swidth="([\d.]+)"\sheight="([\d.]+)"/.exec(svg) ?? [];
  const ids = new Map<string, string>();
  // vega numbers its ids through the life of the process.
  const renamed = (name: string) => {
    const known = ids.get(name) ?? `${prefix}-${ids.size + 1}`;
    ids.set(name, known);
    return known;
  };
  const body = svg
    .replace(/^<svg[^>]*>/, '')
    // The drawing is one picture with one description.
    .replace(/ (?:role|aria-[a-z]+|pointer-events)="[^"]*"/g, '')
    .replace(/<path class="(?:foreground|background)"[^>]*(?:d=""|d="M0,0h0v0h0Z")[^>]*\/>/g, '')
    .replace(/ class="[^"]*"/g, '')
    .replace(/ font-family="[^"]*"/g, '')
    .replace(/(\d\.\d{2})\d+/g, '$1')
    .replace(/ id="([^"]*)"/g, (_, name: string) => ` id="${renamed(name)}"`)
    .replace(/url\(#([^)]*)\)/g, (_, name: string) => `url(#${renamed(name)})`);
  const label = escapeText(alt).replaceAll('\n', ' ');
  return `<svg class="${size}" role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" style="max-width:${Math.round(Number(width))}px">${body}`;
}
