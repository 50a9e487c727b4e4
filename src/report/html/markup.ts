/** Markup that is already escaped. Only `html` and `trusted` make it. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

export type Content = string | number | Html | null | undefined | false | readonly Content[];

/** A template of markup: every value in it is escaped unless it is markup itself. Numbers that are none show as a dash. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  let text = strings[0] as string;
  for (const [i, value] of values.entries()) text += shown(value) + (strings[i + 1] as string);
  return new Html(text);
}

/** Markup from our own hands: style sheets, charts. */
export const trusted = (text: string): Html => new Html(text);

function shown(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '–';
  return typeof value === 'string' ? escapeText(value) : value.map(shown).join('');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and quoted attributes alike. Control characters, which a page may not hold, become U+FFFD. */
export function escapeText(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
    .replace(/[^\P{Cc}\n\t]|\p{Cs}|\p{Noncharacter_Code_Point}/gu, '\uFFFD');
}
