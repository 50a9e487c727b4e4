import { DARK, LIGHT, variables } from './palette.js';

/** The narrowest page on which the wide drawings' text stays readable. */
const BREAKPOINT = 760;

/** The style sheet of every report: light or dark as the reader's system is, paper always light. */
export const STYLE = `
:root{${variables(LIGHT)};color-scheme:light dark}
@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
header,main,footer,nav{max-width:1080px;margin:0 auto;padding:0 24px}
header{padding-top:32px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 8px}
h2{font-size:1.3rem;line-height:1.3;margin:48px 0 12px;padding-top:12px;border-top:1px solid var(--grid)}
h3{font-size:1.05rem;line-height:1.35;margin:28px 0 6px}
p{margin:8px 0;max-width:75ch}
p.context{max-width:none}
a{color:var(--link)}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em}
pre{background:var(--surface);padding:12px 14px;border-radius:6px;overflow-x:auto;max-width:100%}
.muted,figcaption,.context{color:var(--muted)}
.context{font-size:.9rem}
.lead{font-size:1.1rem;margin:16px 0}
.note{border-left:3px solid var(--fair);padding:4px 12px;background:var(--surface)}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;margin:16px 0 0}
nav li{font-size:.95rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:12px;padding:0;margin:16px 0;list-style:none}
.tiles li{background:var(--surface);border-radius:8px;padding:12px 14px;min-width:0}
.tiles b{display:block;font-size:1.3rem;line-height:1.3}
.tiles span{font-size:.9rem;color:var(--muted)}
.scroll{overflow-x:auto;max-width:100%;margin:10px 0;background:linear-gradient(90deg,var(--bg) 30%,transparent) left/28px 100%,linear-gradient(270deg,var(--bg) 30%,transparent) right/28px 100%,linear-gradient(90deg,var(--grid),transparent) left/10px 100%,linear-gradient(270deg,var(--grid),transparent) right/10px 100%;background-repeat:no-repeat;background-attachment:local,local,scroll,scroll}
.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;border-bottom:1px solid var(--grid)}
th{font-weight:600;color:var(--ink);vertical-align:bottom}
td .mono{white-space:nowrap}
th small,td small{display:block;font-weight:400;color:var(--muted);font-size:.85em}
.n{text-align:right;white-space:nowrap}
figure{margin:16px 0 8px;min-width:0}
figure svg{display:block;width:100%;height:auto}
figure svg.narrow{display:none}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
svg text[stroke]{paint-order:stroke;stroke-linejoin:round}
figcaption{font-size:.9rem;margin-top:8px;max-width:85ch}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;margin:8px 0;font-size:.9rem}
.key li{display:flex;align-items:center;gap:6px;min-width:0}
.key svg{width:18px;height:14px;flex:none;display:inline-block}
.legend{columns:2;column-gap:32px;font-size:.9rem;margin:8px 0;padding-left:2.2em}
.legend li{break-inside:avoid;padding-left:.2em}
.legend li::marker{font-weight:700}
details{margin:6px 0}
summary{cursor:pointer;color:var(--link);font-size:.9rem}
.badge{display:inline-block;white-space:nowrap;font-size:.85rem;font-weight:600;border:1.5px solid currentColor;border-radius:999px;padding:0 9px;line-height:1.6}
.holds{color:var(--good)}
.holds-if{color:var(--fair);border-style:dashed}
.does-not-hold{color:var(--bad);border-style:double;border-width:3px}
article{margin:24px 0;padding-top:1px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;font-size:.95rem;margin:10px 0}
dt{color:var(--muted)}
dd{margin:0;min-width:0}
footer{padding-top:24px;padding-bottom:48px;color:var(--muted);font-size:.9rem}
@media screen and (max-width:${BREAKPOINT}px){
header,main,footer,nav{padding-left:15px;padding-right:15px}
header{padding-top:20px}
h1{font-size:1.4rem}
figure svg.wide{display:none}
figure svg.narrow{display:block}
.legend{columns:1}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:8px}
th,td{padding-right:10px}
table:not(.stack) td:first-child{min-width:7.5em}
.stack thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.stack,.stack tbody,.stack tr,.stack td{display:block}
.stack tr{padding:8px 0;border-bottom:1px solid var(--grid)}
.stack td{border:0;padding:2px 0}
}
@media print{
body{font-size:11pt}
header,main,footer{max-width:none;padding:0}
nav{display:none}
figure svg.wide{display:block}
figure svg.narrow{display:none}
figure,article,tr{break-inside:avoid}
h2,h3{break-after:avoid}
.scroll{overflow:visible}
a{color:inherit;text-decoration:none}
}
`.trim();
