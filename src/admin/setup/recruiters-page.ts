/** The page for recruiters: its template, which the build also makes as HTML, with this account's stages and tags. */
import { ANY_TAG, EVERY_CHALLENGE } from '../../domain/rule.js';
import { escapeHtml, visible } from '../../domain/vendor-text.js';
import type { ListedRule } from './rules.js';

/** The part of the template, docs/recruiters.md, that the account's own tables replace. */
const EXAMPLE_IN_TEMPLATE = /<!-- rules -->[^]*<!-- end -->/;

/** A row of a table: the tag and its challenge, as the page's format writes them. */
type Row = readonly [tag: string, challenge: string];

/** How the account's own part is written. Whatever a name contains, it is shown as it is. */
interface PageFormat {
  /** The name of a stage or challenge. */
  text: (name: string) => string;
  /** A tag, to be copied. */
  code: (tag: string) => string;
  /** A stage, and below it the table of its tags. */
  table: (stage: string, rows: readonly Row[]) => string;
}

export const MARKDOWN: PageFormat = {
  text: (name) => visible(name).replace(/[\\`*_[\]<>|#]/g, '\\$&'),
  // Markdown wants a bar escaped also within code, in the cell of a table. A backtick would end the code.
  code: (tag) => `\`${visible(tag).replace(/`/g, ' ').replaceAll('|', '\\|')}\``,
  table: (stage, rows) => {
    const lines = rows.map(([tag, challenge]) => `| ${tag} | ${challenge} |`);
    return [`In **${stage}**:`, '', '| Tag | Challenge |', '| --- | --- |', ...lines].join('\n');
  },
};

export const HTML: PageFormat = {
  text: (name) => escapeHtml(visible(name)),
  code: (tag) => `<code>${escapeHtml(visible(tag))}</code>`,
  table: (stage, rows) => {
    const lines = rows.map(([tag, challenge]) => `<tr><td>${tag}</td><td>${challenge}</td></tr>`);
    const head = '<tr><th>Tag</th><th>Challenge</th></tr>';
    return [`<p>In <strong>${stage}</strong>:</p>`, '<table>', head, ...lines, '</table>'].join(
      '\n',
    );
  },
};

/** The page: the template, of this format, with a table of tags for each stage of the rules in place of its example. */
export function recruitersPage(
  template: string,
  rules: readonly ListedRule[],
  format: PageFormat,
): string {
  const stages = [...new Set(rules.map(({ stage }) => stage.name))];
  const tables = stages.map((name) => {
    const ofStage = rules.filter(({ stage }) => stage.name === name);
    return format.table(
      format.text(name),
      ofStage.flatMap((rule) => rowsForRule(rule, format)),
    );
  });
  const all = tables.length === 0 ? 'No stage sends a challenge yet.' : tables.join('\n\n');
  // A function, because `$` in a plain replacement would have a meaning.
  return template.replace(EXAMPLE_IN_TEMPLATE, () => all);
}

/** A row of its stage's table for each of the rule's tags. A rule for every challenge has a tag for each challenge. */
function rowsForRule({ tag, challenge, tags }: ListedRule, { text, code }: PageFormat): Row[] {
  if (challenge.id === EVERY_CHALLENGE)
    return tags.map((one) => [code(one.tag), text(one.challenge.name)]);
  return [[tag === ANY_TAG ? 'no challenge tag' : code(tag), text(challenge.name)]];
}
