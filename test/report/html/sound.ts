import { type DefaultTreeAdapterMap, parse } from 'parse5';
import { expect } from 'vitest';

type Node = DefaultTreeAdapterMap['node'];
export type Element = DefaultTreeAdapterMap['element'];

export function elementsOf(page: string): Element[] {
  const errors: string[] = [];
  const document = parse(page, {
    onParseError: ({ code, startLine }) => errors.push(`${code} at ${startLine}`),
  });
  expect(errors).toEqual([]);
  const found: Element[] = [];
  const walk = (node: Node) => {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child);
  };
  walk(document);
  return found;
}

export const attribute = (element: Element, name: string) =>
  element.attrs.find((one) => one.name === name)?.value;

export function textOf(node: Node): string {
  if ('value' in node && node.nodeName === '#text') return node.value;
  if ('tagName' in node && node.tagName === 'style') return '';
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

/** What holds for every page. */
export function expectSound(page: string): void {
  const elements = elementsOf(page);
  const tags = new Set(elements.map(({ tagName }) => tagName));
  for (const tag of ['script', 'img', 'link', 'iframe', 'object', 'embed', 'image', 'use', 'foreignObject'])
    expect(tags, tag).not.toContain(tag);
  const ids = new Set<string>();
  for (const element of elements) {
    for (const { name, value } of element.attrs) {
      expect(name).not.toMatch(/^on|^src|^xlink/);
      if (name === 'href') expect(value).toMatch(/^#/);
      if (name === 'id') {
        expect(ids, value).not.toContain(value);
        ids.add(value);
      }
      expect(value).not.toMatch(/NaN|Infinity|undefined/);
    }
  }
  for (const element of elements) {
    const target = attribute(element, 'href');
    if (target !== undefined) expect(ids).toContain(target.slice(1));
  }
  // Style and markup fetch nothing either.
  expect(page).not.toMatch(/@import|url\((?!#)/);
  expect(textOf(elements[0] as Element)).not.toMatch(/NaN|undefined|\[object/);

  for (const figure of elements.filter(({ tagName }) => tagName === 'figure')) {
    const children = figure.childNodes.filter((node): node is Element => 'tagName' in node);
    const drawings = children.filter(({ tagName }) => tagName === 'svg');
    expect(drawings.map((svg) => attribute(svg, 'class'))).toEqual(['wide', 'narrow']);
    for (const svg of drawings) {
      expect(attribute(svg, 'role')).toBe('img');
      expect(attribute(svg, 'aria-label')?.length).toBeGreaterThan(60);
    }
    expect(children.some(({ tagName }) => tagName === 'figcaption')).toBe(true);
    expect(children.some(({ tagName }) => tagName === 'details')).toBe(true);
  }
}
