/** The page's style sheet. Numbers stand beside every colour. */
export const style = `
:root { color-scheme: light dark; --line: #8884; --whole: #2e9d5b; --repaired: #2f8fb3; --most: #b7b52d; --some: #dd8a2a; --lost: #c8372d; --absent: #8883; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 90rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
nav, form { margin: .5rem 0; } nav a, nav b { margin-right: .5rem; }
input { font: inherit; width: 10rem; } label { margin-right: .5rem; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); font-weight: normal; white-space: nowrap; }
thead th { color: GrayText; font-size: .85em; }
.number { text-align: right; } .wrong { color: var(--lost); font-weight: 600; }
.line { width: 45%; min-width: 12rem; padding-right: 0; } thead .line span:last-child { float: right; }
td.line svg { display: block; width: 100%; height: 1.1rem; background: var(--absent); }
rect.whole { fill: var(--whole); } rect.repaired { fill: var(--repaired); } rect.most { fill: var(--most); }
rect.some { fill: var(--some); } rect.lost { fill: var(--lost); } rect.absent { fill: var(--absent); }
.totals { font-size: 1.1em; } .legend { color: GrayText; } .legend span { margin-right: .8rem; white-space: nowrap; } .legend svg { width: .8rem; height: .8rem; vertical-align: -.1em; background: var(--absent); }
.problem { border-left: 4px solid var(--lost); padding: .5rem 1rem; } footer { margin-top: 2rem; color: GrayText; }
`
