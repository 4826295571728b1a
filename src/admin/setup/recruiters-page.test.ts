/** The recruiters' page: this account's stages and tags in the template, as Markdown and as HTML. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ListedRule } from './rules.js';
import { HTML, MARKDOWN, recruitersPage } from './recruiters-page.js';

const template = readFileSync(new URL('../../../docs/recruiters.md', import.meta.url), 'utf8');

function listed(overrides: Partial<Record<keyof ListedRule, unknown>>): ListedRule {
  return {
    id: 1,
    stage: { id: 's', name: 'Take-home' },
    tag: 'codesubmit:*',
    challenge: { id: '*', name: '*' },
    ...{ dueDays: null, timeLimitMinutes: null, delayMinutes: 0, reuseDays: 365, options: '' },
    tags: [],
    ...overrides,
  } as ListedRule;
}

const every = listed({
  tags: [
    { tag: 'codesubmit:go', challenge: { id: 'g', name: 'Go' } },
    { tag: 'codesubmit:c-c', challenge: { id: 'c', name: '<b>C|C*</b>' } },
  ],
});
const one = listed({ tag: 'go', challenge: { id: 'g', name: 'Go' } });
const anyone = listed({
  stage: { id: 'o', name: 'On-site' },
  tag: '*',
  challenge: { id: 'd', name: 'Debugging' },
});

it('is a page of at most 350 words, without a command', () => {
  expect(template.split(/\s+/).length).toBeLessThanOrEqual(350);
  expect(template).not.toMatch(/codesubmit-lever/);
  expect(template.split('## Why nothing came')[1]).toMatch(/^1\.[^]*^5\./m);
});

it('has a table for each stage, and nothing of the example', () => {
  const page = recruitersPage(template, [every, one, anyone], MARKDOWN);
  expect(page).toContain(
    [
      'In **Take-home**:',
      '',
      '| Tag | Challenge |',
      '| --- | --- |',
      '| `codesubmit:go` | Go |',
      '| `codesubmit:c-c` | \\<b\\>C\\|C\\*\\</b\\> |',
      '| `go` | Go |',
      '',
      'In **On-site**:',
    ].join('\n'),
  );
  expect(page).toContain('| no challenge tag | Debugging |');
  expect(page).not.toMatch(/backend-api|<!--/);
});

it('has no row for a rule for every challenge of which none is left', () => {
  const page = recruitersPage(template, [listed({}), one], MARKDOWN);
  expect(page).toContain('| --- | --- |\n| `go` | Go |\n');
});

it('is HTML in which nothing of a name is markup', () => {
  const html = recruitersPage(template, [every], HTML);
  expect(html).toContain('<p>In <strong>Take-home</strong>:</p>\n<table>');
  expect(html).toContain('<tr><td><code>codesubmit:go</code></td><td>Go</td></tr>');
  expect(html).toContain('<td>&#60;b&#62;C|C*&#60;/b&#62;</td>');
});

it('shows a tag with a bar so that it can be copied', () => {
  const rule = { ...one, tag: 'Go | Berlin' };
  expect(recruitersPage(template, [rule], MARKDOWN)).toContain('| `Go \\| Berlin` | Go |');
  expect(recruitersPage(template, [rule], HTML)).toContain('<td><code>Go | Berlin</code></td>');
});

it('says so where no stage sends a challenge', () => {
  expect(recruitersPage(template, [], HTML)).toContain('No stage sends a challenge yet.');
});
