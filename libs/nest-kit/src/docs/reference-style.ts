/** How the page of the interface looks: light and dark, for print, and no wider than the window. */
export const referenceStyle = `
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --text: #1b1f24; --page: #fff; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8ea; --page: #16191d; --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
code, .path { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
details > div { padding: 0 .75rem .75rem; }
.method { display: inline-block; min-width: 4.5em; font-weight: 700; font-family: ui-monospace, monospace; }
.what { display: block; margin-left: 4.9em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line); }
th { background: var(--soft); }
@media print { details { break-inside: avoid; } }
`;
