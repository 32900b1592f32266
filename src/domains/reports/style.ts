/** The one style sheet of reports and packs: light, dark and print, from 360 px up, system fonts, one accent. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--card:#fafbfb;--ink:#17202a;--quiet:#566270;--line:#dfe4e8;--accent:#0a6b62;--accent-2:#4fa79d;--wash:#e9f4f2;--human:#46525f;--un-ground:#e6eaee;--un-ink:#8b96a1;--bad:#a4262c;--bad-wash:#fbeced}
@media(prefers-color-scheme:dark){:root{--ground:#11161b;--card:#171d23;--ink:#e6ebef;--quiet:#9eabb7;--line:#2b343d;--accent:#5cc2b5;--accent-2:#2f8478;--wash:#15302d;--human:#aab6c1;--un-ground:#252d35;--un-ink:#6d7984;--bad:#f28b8f;--bad-wash:#3a1d20}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main,.head,.foot{max-width:1080px;margin:0 auto;padding:0 24px}
.head{padding-top:40px}
footer.foot{padding-top:24px;padding-bottom:48px;color:var(--quiet);font-size:14px}
.eyebrow{margin:0 0 4px;color:var(--quiet);font-size:14px}
h1{margin:0 0 8px;font-size:clamp(22px,3vw,28px);line-height:1.2;font-weight:650;overflow-wrap:anywhere}
h2{margin:0 0 4px;font-size:19px;font-weight:650}
h3{margin:20px 0 4px;font-size:16px}
p{margin:0 0 12px;max-width:72ch}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
section{margin-top:40px}
.hero{margin-top:28px;padding:28px;border:1px solid var(--line);border-radius:14px;background:var(--card)}
.headline{margin:0 0 20px;font-size:clamp(24px,4.2vw,38px);line-height:1.2;font-weight:650;letter-spacing:-.01em;max-width:none}
.headline em{font-style:normal;color:var(--accent)}
.quiet,.note{color:var(--quiet)}
.note{font-size:14px}
.gap{margin-top:18px;max-width:none}
.defs{position:absolute}
.bar{display:block;width:100%;height:40px;border-radius:8px}
.rowbar{display:block;width:100%;min-width:90px;height:10px;border-radius:3px}
.key{width:14px;height:14px;vertical-align:-2px;margin-right:4px}
.part-attested{fill:var(--accent)}.part-declared{fill:var(--accent-2)}.part-humanAttested{fill:var(--human)}
.part-hinted{fill:url(#hatch-hinted)}.part-unknown{fill:url(#hatch-unknown)}
.hinted-ground{fill:var(--wash)}.hinted-ink{fill:var(--accent-2)}.unknown-ground{fill:var(--un-ground)}.unknown-ink{fill:var(--un-ink)}
.legend{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:10px 20px;margin:18px 0 0;padding:0;list-style:none}
.legend .figure{font-weight:650}
.legend .quiet{display:block;padding-left:22px;font-size:13px;line-height:1.4}
figure{margin:12px 0 0}
.months{display:block;width:100%;height:180px;border-bottom:1px solid var(--line)}
.grid{stroke:var(--line)}
figcaption{display:flex;justify-content:space-between;color:var(--quiet);font-size:13px}
.scroll{overflow-x:auto;margin-top:12px}
table{width:100%;border-collapse:collapse;font-size:14.5px}
th,td{padding:8px 12px 8px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{color:var(--quiet);font-weight:600;font-size:13px;white-space:nowrap}
tbody th{color:inherit;font-size:inherit;white-space:normal}
.number{text-align:right;white-space:nowrap}
.wide{width:36%;vertical-align:middle;padding-left:8px}
.title{overflow-wrap:anywhere;min-width:200px}
tbody th.title{font-weight:400;width:42%}
.narrow{width:14%;vertical-align:middle}
.nowrap{white-space:nowrap}
tr:last-child>*{border-bottom:0}
details{margin-top:12px}
summary{cursor:pointer;color:var(--accent);font-size:14.5px;padding:4px 0}
.unknowns{display:grid;gap:12px;margin:12px 0 0;padding:0;list-style:none}
.unknowns li{padding:14px 16px;border:1px dashed var(--un-ink);border-radius:10px}
.unknowns p{margin:4px 0 0}
.proof{padding:24px;border:1px solid var(--line);border-radius:14px;background:var(--card)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 20px;margin:14px 0}
dt{color:var(--quiet)}
dd{margin:0;overflow-wrap:anywhere}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;font-size:13.5px}
pre{margin:8px 0;padding:12px 14px;border:1px solid var(--line);border-radius:8px;background:var(--ground);overflow-x:auto}
.tag{display:inline-block;padding:0 8px;border:1px solid var(--line);border-radius:99px;font-size:13px;white-space:nowrap}
.bar-ground{fill:var(--un-ground)}.bar-level-low{fill:var(--accent-2)}.bar-level-medium{fill:var(--accent)}.bar-level-high,.bar-result-fail{fill:var(--bad)}.bar-level-critical,.bar-result-error{fill:var(--bad)}.bar-result-pass{fill:var(--accent)}.bar-result-unknown{fill:url(#hatch-unknown)}
.level-high,.result-fail{border-color:var(--bad);color:var(--bad)}.level-critical,.result-error{border-color:var(--bad);background:var(--bad-wash);color:var(--bad);font-weight:650}.result-pass{border-color:var(--accent);color:var(--accent);font-weight:600}.result-unknown{border-style:dashed}
.tag-attested{border-color:var(--accent);color:var(--accent);font-weight:600}.tag-declared{border-color:var(--accent-2)}.tag-hinted,.tag-unknown{border-style:dashed}
@media(max-width:640px){main,.head,.foot{padding-left:16px;padding-right:16px}.hero,.proof{padding:18px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}section{margin-top:32px}}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--quiet:#444;--line:#bbb;--accent:#0a6b62;--accent-2:#4fa79d;--wash:#e9f4f2;--human:#46525f;--un-ground:#e6eaee;--un-ink:#8b96a1}body{font-size:11pt}main,.head,.foot{max-width:none;padding:0}section,.hero,tr,li{break-inside:avoid}section.long{break-inside:auto}svg{-webkit-print-color-adjust:exact;print-color-adjust:exact}.screen{display:none}h2{break-after:avoid}}
`
