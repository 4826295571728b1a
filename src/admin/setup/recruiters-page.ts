/** The page for recruiters: docs/recruiters.md with this account's stages and tags, as Markdown or HTML. */
import { ANY_TAG, EVERY_CHALLENGE } from '../../domain/rule.js';
import { escapeHtml, visible } from '../../domain/vendor-text.js';
import type { ListedRule } from './rules.js';

/** The part of the template, docs/recruiters.md, that the account's own tables replace. */
const EXAMPLE_IN_TEMPLATE = /<!-- rules -->[^]*<!-- end -->/;

/** The page as Markdown: the template with a table of tags for each stage of the rules, in place of its example. */
export function recruitersPage(template: string, rules: readonly ListedRule[]): string {
  const stages = [...new Set(rules.map(({ stage }) => stage.name))];
  const tables = stages.map((name) =>
    stageTable(name, rules.filter(({ stage }) => stage.name === name).flatMap(rowsForRule)),
  );
  const all = tables.length === 0 ? 'No stage sends a challenge yet.' : tables.join('\n\n');
  // A function, because `$` in a plain replacement would have a meaning.
  return template.replace(EXAMPLE_IN_TEMPLATE, () => all);
}

/** A row of its stage's table for each of the rule's tags. A rule for every challenge has a tag for each challenge. */
function rowsForRule({ tag, challenge, tags }: ListedRule): [tag: string, challenge: string][] {
  if (challenge.id === EVERY_CHALLENGE)
    return tags.map((one) => [asCode(one.tag), asText(one.challenge.name)]);
  return [[tag === ANY_TAG ? 'no challenge tag' : asCode(tag), asText(challenge.name)]];
}

/** A stage's name, and below it a Markdown table of tags and their challenges. */
function stageTable(stage: string, rows: readonly [string, string][]): string {
  const lines = rows.map(([tag, challenge]) => `| ${tag} | ${challenge} |`);
  return [`In **${asText(stage)}**:`, '', '| Tag | Challenge |', '| --- | --- |', ...lines].join(
    '\n',
  );
}

/** Escapes a stage's or challenge's name, which may contain anything, so that Markdown shows it as it is. */
function asText(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>|#]/g, '\\$&');
}

/**
 * A tag as code, to be copied. A bar is escaped, as Markdown wants it also within the code of a table's cell. A backtick,
 * which would end the code, becomes a space.
 */
function asCode(tag: string): string {
  return `\`${visible(tag).replace(/`/g, ' ').replaceAll('|', '\\|')}\``;
}

/** A page of HTML. Understands only the Markdown that the template uses. */
export function toHtml(markdown: string): string {
  const blocks = markdown.trim().split(/\n\n+/);
  const body = blocks.map(blockToHtml).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Coding challenges: for recruiters</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }
td, th { text-align: left; padding: 0.2rem 1rem 0.2rem 0 }
code { user-select: all }
</style>
${body}
</html>
`;
}

/** HTML of a block of Markdown, which is a heading, a table, a list of one kind, or a paragraph. */
function blockToHtml(block: string): string {
  const [, marks, title = ''] = /^(#+) (.*)$/.exec(block) ?? [];
  if (marks !== undefined) return element(`h${String(marks.length)}`, inlineToHtml(title));
  if (block.startsWith('|')) return tableToHtml(block.split('\n'));
  const [item] = /^(?:- |\d+\. )/.exec(block) ?? [];
  if (item === undefined) return element('p', inlineToHtml(block));
  const items = block.split(/^(?:- |\d+\. +)/m).slice(1);
  const list = items.map((one) => element('li', inlineToHtml(one.trim()))).join('\n');
  return element(item === '- ' ? 'ul' : 'ol', `\n${list}\n`);
}

/** HTML of a table's lines. The second only separates the head from the rows. Each begins and ends with a bar. */
function tableToHtml([head = '', , ...rows]: string[]): string {
  /** The cells of a line, each as an element of this name. An escaped bar belongs to a cell. */
  const cells = (row: string, name: string): string =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => element(name, inlineToHtml(cell.trim())))
      .join('');
  const all = [cells(head, 'th'), ...rows.map((row) => cells(row, 'td'))];
  return element('table', all.map((row) => `\n${element('tr', row)}`).join(''));
}

/** An escaped character, code, bold text (which may contain escaped characters), or a character special to HTML. */
const INLINE = /\\(.)|`([^`]*)`|\*\*((?:\\.|[^*])+)\*\*|([&<>])/g;

/** HTML of the text within a block. Of the groups of `INLINE`, each match sets one. `special`: `&`, `<` or `>`. */
function inlineToHtml(text: string): string {
  return text.replace(
    INLINE,
    (_all, escaped?: string, literal?: string, strong?: string, special = '') => {
      if (escaped !== undefined) return escapeHtml(escaped);
      if (literal !== undefined) return element('code', escapeHtml(literal.replaceAll('\\|', '|')));
      if (strong !== undefined) return element('strong', inlineToHtml(strong));
      return escapeHtml(special as string);
    },
  );
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}
