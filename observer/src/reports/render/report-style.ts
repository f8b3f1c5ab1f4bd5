/** The style of the HTML report: light or dark as the reader has it, always light on paper. */
export const reportStyle = `
:root{color-scheme:light dark;
--bg:#f5f6f8;--surface:#fff;--sunken:#f0f2f6;--line:#e1e4ea;--text:#12161f;--muted:#505b6b;--accent:#2b52cc;
--bad:#b3261e;--bad-soft:#fce8e6;--warn:#855200;--warn-soft:#fdf0d5;--good:#176b3a;--good-soft:#def3e5;--plain-soft:#e8ebf1;
--chart-text:#12161f;--chart-muted:#505b6b;--chart-line:#e1e4ea;--chart-bad:#b3261e;--chart-badSoft:#fbd9d6;--chart-good:#2c9a5b;--chart-accent:#2b52cc;--chart-other:#b9c0cc;
--chart-1:#b3261e;--chart-2:#e0920c;--chart-3:#2b52cc;--chart-4:#5aa9a3;--chart-5:#7a4fb5;
--mono:ui-monospace,"SF Mono","Cascadia Mono","JetBrains Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{
--bg:#0b0e13;--surface:#11151c;--sunken:#0b0f15;--line:#242c3a;--text:#e7ebf2;--muted:#9aa6b8;--accent:#8db0ff;
--bad:#ff938a;--bad-soft:#3a1513;--warn:#f3b94b;--warn-soft:#34260a;--good:#5fd494;--good-soft:#0f2e1d;--plain-soft:#1d2532;
--chart-text:#e7ebf2;--chart-muted:#9aa6b8;--chart-line:#242c3a;--chart-bad:#ff938a;--chart-badSoft:#4a1c19;--chart-good:#37ac6c;--chart-accent:#8db0ff;--chart-other:#4b566a;
--chart-1:#f0625a;--chart-2:#e8a93a;--chart-3:#6f95f5;--chart-4:#5fbdb5;--chart-5:#ab84e0}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1080px;margin:0 auto;padding:40px 24px 64px}
h1,h2,h3,p,dl,dd,ul,ol,figure,pre{margin:0;padding:0}
h1{font-size:14px;font-weight:600;color:var(--muted);letter-spacing:.01em}
h2{font-size:21px;line-height:1.3;margin:52px 0 16px;letter-spacing:-.01em}
.quiet{margin:28px 0 12px}
h3{font-size:16.5px;line-height:1.4}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
code,pre{font-family:var(--mono);font-size:.87em;overflow-wrap:anywhere}
.headline{font-size:25px;line-height:1.34;font-weight:600;letter-spacing:-.015em;margin:14px 0 14px;overflow-wrap:anywhere;text-wrap:pretty}
.lead{border-left:4px solid var(--muted);padding-left:20px}
.lead.bad{border-color:var(--bad)}.lead.warn{border-color:var(--chart-2)}.lead.good{border-color:var(--chart-good)}
.muted{color:var(--muted)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));margin:32px 0 0;background:var(--surface);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.figures div{padding:14px 18px;box-shadow:-1px -1px 0 var(--line)}
.figures dt{font-size:13px;color:var(--muted)}
.figures dd{font-size:24px;font-weight:600;letter-spacing:-.02em;line-height:1.35;font-variant-numeric:tabular-nums}
.figures dd.note{font-size:13px;font-weight:400;color:var(--muted);letter-spacing:0;min-height:1.5em}
.figures .bad dd:not(.note){color:var(--bad)}.figures .warn dd:not(.note){color:var(--warn)}
figure{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:16px 18px 14px;margin:0 0 16px}
figcaption{font-weight:600;margin-bottom:6px;overflow-wrap:anywhere}figcaption .muted{font-weight:400;font-size:13.5px}
.note{margin-bottom:10px}.courses{margin-bottom:16px}
figure svg{display:block;width:100%;height:auto}
.courses{display:grid;grid-template-columns:1fr 1fr;gap:16px}.courses figure{margin:0;min-width:0}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13.5px;margin-top:8px}
.legend li{display:flex;gap:8px;align-items:baseline;min-width:0;overflow-wrap:anywhere}
.key{flex:none;width:11px;height:11px;border-radius:2px}
.key.k1{background:var(--chart-1)}.key.k2{background:var(--chart-2)}.key.k3{background:var(--chart-3)}.key.k4{background:var(--chart-4)}.key.k5{background:var(--chart-5)}.key.k0{background:var(--chart-other)}
.card{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:20px 24px 22px;margin-bottom:16px;break-inside:avoid-page}
.card header{display:grid;grid-template-columns:auto minmax(0,1fr) auto;gap:2px 14px;align-items:start}
.rank{font-size:13px;font-weight:600;min-width:26px;height:26px;line-height:26px;text-align:center;border-radius:13px;background:var(--plain-soft);color:var(--muted);font-variant-numeric:tabular-nums;padding:0 8px}
.card header h3{overflow-wrap:anywhere;min-width:0}.card header h3 a{color:inherit}
.where{grid-column:2;color:var(--muted);font-size:13.5px;overflow-wrap:anywhere}
.cost{grid-row:1/3;grid-column:3;text-align:right;white-space:nowrap}.cost b{display:block;font-size:21px;line-height:1.25;font-weight:600;letter-spacing:-.02em}.cost span{font-size:13px;color:var(--muted)}
.pill{display:inline-block;font-size:12.5px;font-weight:600;line-height:20px;padding:0 9px;border-radius:10px;background:var(--plain-soft);color:var(--muted);white-space:nowrap}
.pill.bad{background:var(--bad-soft);color:var(--bad)}.pill.warn{background:var(--warn-soft);color:var(--warn)}.pill.good{background:var(--good-soft);color:var(--good)}
.advice{margin:16px 0 0;max-width:78ch;overflow-wrap:anywhere;text-wrap:pretty}
pre{background:var(--sunken);border:1px solid var(--line);border-radius:7px;padding:11px 14px;margin:14px 0 0;white-space:pre-wrap;line-height:1.5}
.facts{display:grid;grid-template-columns:136px minmax(0,1fr);gap:7px 16px;margin-top:16px;font-size:14px}
.facts dt{color:var(--muted);overflow-wrap:anywhere}.facts dd{min-width:0;overflow-wrap:anywhere}.facts dd a{text-decoration:underline;text-underline-offset:2px;margin-right:14px;white-space:nowrap}
.sides{overflow-x:auto}.effect{margin-top:8px;width:auto;font-size:13.5px}.effect th,.effect td{padding:4px 22px 4px 0;border:0}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.45}
th,td{text-align:left;padding:9px 14px;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0;font-weight:600;color:var(--muted);font-size:13px;white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}td.t{white-space:nowrap}
td:not(.n):not(.t){min-width:96px;overflow-wrap:anywhere}td.main:not(.n):not(.t){min-width:210px}td .sub{display:block;color:var(--muted);font-size:12.5px;overflow-wrap:anywhere}
td.over{color:var(--bad);font-weight:600}
.empty{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:18px 24px;color:var(--muted)}
.sources{font-size:13.5px;grid-template-columns:190px minmax(0,1fr)}
footer{margin-top:40px;color:var(--muted);font-size:13px}
@media (max-width:760px){.wide{overflow-x:auto}.wide svg{min-width:640px}main{padding:24px 14px 40px}.headline{font-size:20px}.courses{grid-template-columns:1fr}.card{padding:16px}
.card header{grid-template-columns:auto minmax(0,1fr)}.cost{grid-row:auto;grid-column:2;text-align:left;margin-top:6px}.cost b{display:inline;margin-right:8px}.facts,.sources{grid-template-columns:minmax(0,1fr);gap:1px}.facts dd{margin-bottom:8px}}
@media print{@page{size:A4;margin:14mm 12mm}
:root{color-scheme:light;--bg:#fff;--surface:#fff;--sunken:#f6f7f9;--line:#d9dde4;--text:#12161f;--muted:#505b6b;--accent:#2b52cc;--bad:#b3261e;--bad-soft:#fce8e6;--warn:#855200;--warn-soft:#fdf0d5;--good:#176b3a;--good-soft:#def3e5;--plain-soft:#e8ebf1;
--chart-text:#12161f;--chart-muted:#505b6b;--chart-line:#e1e4ea;--chart-bad:#b3261e;--chart-badSoft:#fbd9d6;--chart-good:#2c9a5b;--chart-accent:#2b52cc;--chart-other:#b9c0cc;--chart-1:#b3261e;--chart-2:#e0920c;--chart-3:#2b52cc;--chart-4:#5aa9a3;--chart-5:#7a4fb5}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}h2{margin-top:28px;break-after:avoid}
.figures{grid-template-columns:repeat(5,1fr)}.figures div{padding:9px 11px}.figures dd{font-size:15pt}.card{break-inside:auto;padding:14px 16px}.card header,.advice,pre,.facts>*{break-inside:avoid}.card header{break-after:avoid}
.scroll{overflow:visible;border:0}table{font-size:8.5pt}th,td{padding:5px 7px}td:not(.n):not(.t),td.main:not(.n):not(.t){min-width:0}tr,figure{break-inside:avoid}.headline{font-size:17pt}a{color:inherit}}
`;
