// The one stylesheet of both vendors' pages: system fonts, from 400 px to wide screens.

export const stylesheet = `
:root { --ink: #22292f; --soft: #5d6873; --line: #dde2e7; --ground: #f4f6f8; --paper: #fff; --accent: #0b6b57; --tint: #e5f3ef; color-scheme: light; }
.codesubmit { --accent: #3d4db7; --tint: #e9ebfa; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--accent); }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 .6rem; }
h3 { font-size: .95rem; margin: 0; }
p { margin: 0 0 .6rem; }
small, .soft { color: var(--soft); font-size: .87em; }
main { padding: 1.2rem; max-width: 1280px; margin: 0 auto; }
main:has(.board) { max-width: 1800px; }
.bar { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; align-items: baseline; padding: .7rem 1.2rem; background: var(--paper); border-bottom: 1px solid var(--line); }
.brand { font-weight: 650; font-size: 1.1rem; color: var(--accent); text-decoration: none; }
.brand small { font-weight: 400; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
nav a { color: var(--ink); text-decoration: none; }
nav a:hover, nav a[aria-current] { color: var(--accent); text-decoration: underline; text-underline-offset: .3em; }
.tabs { margin: .8rem 0 1.2rem; border-bottom: 1px solid var(--line); gap: 0 1.4rem; }
.tabs a { padding: .4rem 0; color: var(--soft); text-decoration: none; border-bottom: 2px solid transparent; }
.tabs a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; border-color: var(--accent); }
.head { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; justify-content: space-between; margin-bottom: 1rem; }
.box { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.1rem; margin-bottom: 1rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.row > form, .row form { margin: 0; }
.spread { justify-content: space-between; }
div.spread { margin-bottom: .5rem; }
.spread h2, .spread h3 { margin: 0; }
form { margin: 0; }
input, select, textarea, button { font: inherit; color: inherit; border: 1px solid #b9c2ca; border-radius: 6px; padding: .34rem .6rem; background: var(--paper); max-width: 100%; }
input[type=checkbox], input[type=radio] { accent-color: var(--accent); margin: 0 .45rem 0 0; }
textarea { width: 100%; min-height: 4.5rem; }
button { cursor: pointer; }
button:hover { border-color: var(--accent); color: var(--accent); }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; font-weight: 600; }
button.main:hover { filter: brightness(1.1); color: #fff; }
button.danger { color: #a3261b; border-color: #dcb4b0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.field { display: grid; gap: .2rem; }
.field input, .field select { width: 100%; max-width: 34rem; }
.tags + form, .plainlist + form, .empty + form { margin-top: .8rem; }
.tags + p { margin: .6rem 0 .3rem; }
label { font-weight: 550; font-size: .92rem; }
.check { font-weight: 400; display: flex; align-items: baseline; }
.checks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: .3rem 1rem; border: 0; padding: 0; margin: 0 0 .9rem; }
legend { font-weight: 550; font-size: .92rem; padding: 0; margin-bottom: .3rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.tags { display: flex; flex-wrap: wrap; gap: .3rem; padding: 0; margin: 0; list-style: none; }
.tag { display: inline-flex; gap: .35rem; align-items: center; background: var(--tint); border-radius: 99px; padding: .06rem .6rem; font-size: .85rem; overflow-wrap: anywhere; }
.tag.inherited { background: #eceff2; color: var(--soft); }
.tag button { border: 0; background: none; padding: 0 .1rem; color: var(--soft); line-height: 1; }
.badge { display: inline-block; border-radius: 4px; padding: 0 .45rem; font-size: .82rem; font-weight: 600; background: #e8ebee; color: var(--soft); white-space: nowrap; }
.badge.good { background: #dcf2e3; color: #17663a; }
.badge.bad { background: #fbe3e0; color: #94241a; }
.empty { color: var(--soft); margin: 0; }
.error, .prose { white-space: pre-wrap; overflow-wrap: anywhere; }
.notice { background: var(--tint); border: 1px solid var(--accent); border-radius: 8px; padding: .8rem 1rem; margin-bottom: 1rem; }
.copyable { display: block; user-select: all; overflow-wrap: anywhere; background: var(--ground); border: 1px dashed #b9c2ca; border-radius: 6px; padding: .35rem .6rem; margin: .2rem 0 .6rem; font: .88rem ui-monospace, monospace; }
.plainlist { list-style: none; padding: 0; margin: 0 0 .8rem; display: grid; gap: .45rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
summary { cursor: pointer; font-weight: 550; }
details { margin: .4rem 0; }
details[open] > summary { margin-bottom: .6rem; }
.columns { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); gap: 0 1rem; align-items: start; }
.board { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(168px, 1fr); gap: .6rem; align-items: stretch; overflow-x: auto; padding-bottom: .6rem; }
.stage { background: #e9edf0; border-radius: 8px; padding: .5rem; min-height: 9rem; }
.stage h2 { display: flex; justify-content: space-between; font-size: .95rem; margin: 0 .2rem .5rem; }
.stage.over { outline: 2px dashed var(--accent); outline-offset: -2px; background: var(--tint); }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: .55rem; margin-bottom: .5rem; box-shadow: 0 1px 2px rgb(0 0 0 / .05); }
.card[draggable=true] { cursor: grab; }
.card.dragged { opacity: .5; }
.card a { font-weight: 600; text-decoration: none; overflow-wrap: anywhere; }
.card p { margin: 0 0 .35rem; }
.card.archived { opacity: .65; }
.card .tag { font-size: .78rem; padding: .06rem .45rem; }
.card .move { display: flex; gap: .3rem; margin-top: .5rem; }
.card .move select { flex: 1; min-width: 0; padding: .15rem .1rem; font-size: .8rem; }
.card .move button { padding: .15rem .4rem; font-size: .8rem; }
.window main { max-width: 30rem; padding-top: 0; }
.window > .brand { text-align: center; margin: 8vh 0 1rem; }
.window .box { padding: 1.4rem 1.5rem; box-shadow: 0 2px 14px rgb(0 0 0 / .07); }
.permissions { padding: 0; margin: .3rem 0 1rem; list-style: none; }
.permissions li { padding: .28rem 0 .28rem 1.6rem; position: relative; }
.permissions li::before { content: '✓'; position: absolute; left: .2rem; color: var(--accent); font-weight: 700; }
.actions { display: flex; gap: .6rem; margin-top: 1.1rem; }
.actions > * { flex: 1; }
.actions button { width: 100%; padding: .5rem; }
@media (max-width: 760px) {
  main { padding: .9rem; }
  .columns { grid-template-columns: minmax(0, 1fr); }
  .board { grid-auto-flow: row; overflow: visible; }
  .stage { min-height: 0; }
  thead { display: none; }
  tr { display: grid; gap: .15rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  td { border: 0; padding: 0; }
  tr:last-child { border-bottom: 0; }
}
`;
