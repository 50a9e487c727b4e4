import { describe, expect, test } from 'vitest';
import { escapeText, html, trusted } from '../../../src/report/html/markup.js';

describe('markup', () => {
  test('escapes every value, in text and in attributes', () => {
    const name = `<script>alert("x")</script> & 'y'`;
    expect(`${html`<p title="${name}">${name}</p>`}`).toBe(
      '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;</p>',
    );
  });

  test('takes markup as it is, lists one after the other, and nothing for what is absent', () => {
    expect(`${html`${[html`<b>1</b>`, '<', 2]}${null}${undefined}${false}${trusted('<i/>')}`}`).toBe(
      '<b>1</b>&lt;2<i/>',
    );
  });

  test('shows a dash for what is no number', () => {
    expect(`${html`${Number.NaN} ${Number.POSITIVE_INFINITY} ${0}`}`).toBe('– – 0');
  });

  test('replaces what a page may not hold', () => {
    expect(escapeText('a\u0000b\u001b[1m\ud800c\uffff\u0085\n\t')).toBe(
      'a\ufffdb\ufffd[1m\ufffdc\ufffd\ufffd\n\t',
    );
  });
});
