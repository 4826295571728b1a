// The one stylesheet of both vendors' pages: system fonts, from 400 px to wide screens.

export const stylesheet = `
:root { --ink: #22292f; --soft: #5d6873; --line: #dde2e7; --ground: #f4f6f8; --paper: #fff; --accent: #0b6b57; --tint: #e5f3ef; color-scheme: light; }
.codesubmit { --accent: #3d4db7; --tint: #e9ebfa; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--accent); }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 .6rem; }
h2 { font-size: 1.05rem; margin: 0 0 .6rem; }
h3 { font-size: .95rem; margin: .8rem 0 .3rem; }
p { margin: 0 0 .6rem; }
small, .soft, .empty { color: var(--soft); font-size: .87em; }
main { padding: 1.2rem; max-width: 60rem; margin: 0 auto; }
main:has(.board) { max-width: 1800px; }
.bar { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; align-items: baseline; padding: .7rem 1.2rem; background: var(--paper); border-bottom: 1px solid var(--line); }
.brand { font-weight: 650; font-size: 1.1rem; color: var(--accent); text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
nav a { color: var(--ink); text-decoration: none; }
.head { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center; justify-content: space-between; margin-bottom: 1rem; }
.box { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.1rem; margin-bottom: 1rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
.spread { justify-content: space-between; align-items: center; }
form { margin: 0; }
.plainlist + form, .tags + form, .empty + form { margin-top: .8rem; }
label { display: grid; font-weight: 550; font-size: .92rem; min-width: 0; flex: 0 1 auto; }
input, select, button { font: inherit; color: inherit; border: 1px solid #b9c2ca; border-radius: 6px; padding: .34rem .6rem; background: var(--paper); max-width: 100%; min-width: 0; }
input, select { font-weight: 400; }
button { cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; font-weight: 600; }
button.danger { color: #a3261b; border-color: #dcb4b0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.check { font-weight: 400; display: flex; align-items: baseline; gap: .45rem; }
.checks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr)); gap: .3rem 1rem; border: 0; padding: 0; margin: 0; width: 100%; }
legend { font-weight: 550; font-size: .92rem; padding: 0; margin-bottom: .3rem; }
.tags { display: flex; flex-wrap: wrap; gap: .3rem; padding: 0; margin: 0; list-style: none; }
.tag { display: inline-flex; gap: .35rem; align-items: center; background: var(--tint); border-radius: 99px; padding: .06rem .6rem; font-size: .85rem; }
.tag button { border: 0; background: none; padding: 0 .1rem; color: var(--soft); line-height: 1; }
.error, .prose { white-space: pre-wrap; }
.copyable { display: block; user-select: all; background: var(--ground); border: 1px dashed #b9c2ca; border-radius: 6px; padding: .35rem .6rem; margin: .2rem 0 .6rem; font: .88rem ui-monospace, monospace; }
.plainlist { list-style: none; padding: 0; margin: 0; display: grid; gap: .45rem; }
summary { cursor: pointer; font-weight: 550; }
details[open] > summary { margin-bottom: .6rem; }
.board { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(168px, 1fr); gap: .6rem; align-items: stretch; overflow-x: auto; padding-bottom: .6rem; }
.stage { background: #e9edf0; border-radius: 8px; padding: .5rem; min-height: 9rem; }
.stage h2 { display: flex; justify-content: space-between; font-size: .95rem; margin: 0 .2rem .5rem; }
.stage.over { outline: 2px dashed var(--accent); outline-offset: -2px; background: var(--tint); }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: .55rem; margin-bottom: .5rem; box-shadow: 0 1px 2px rgb(0 0 0 / .05); }
.card[draggable=true] { cursor: grab; }
.card a { font-weight: 600; text-decoration: none; }
.card p { margin: 0 0 .35rem; }
.card .tag { font-size: .78rem; padding: .06rem .45rem; }
.card form { flex-wrap: nowrap; gap: .3rem; margin-top: .5rem; }
.card label { flex: 1; }
.card select, .card button { padding: .15rem .3rem; font-size: .8rem; }
.window main { max-width: 30rem; padding-top: 0; }
.window > .brand { display: block; text-align: center; margin: 8vh 0 1rem; }
.box > form + form, .window .box form { margin-top: .6rem; }
@media (max-width: 760px) {
  main { padding: .9rem; }
  .board { grid-auto-flow: row; overflow: visible; }
  .stage { min-height: 0; }
}
`;
