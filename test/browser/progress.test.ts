// The rest of the loop, clicked: what a candidate does in CodeSubmit appears on the recruiter's
// page in Lever.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../rigs/eventually.js';
import { ProgramRig, TAG } from '../rigs/program.js';
import { hasChromium, openChromium } from './open-chromium.js';

const SET_UP = [
  ...['--status-map', '1=invited,2=started,3=submitted,4=reviewed'],
  ...['--progress-tags', 'on', '--completion-note', 'submitted'],
];

describe.skipIf(!hasChromium())('in chromium, while the daemon runs', () => {
  let browser: Browser | undefined;
  let live: ProgramRig;
  let lever: Page;

  beforeAll(async () => {
    browser = await openChromium();
    live = await ProgramRig.setUp(...SET_UP);
    lever = await browser.newPage({ baseURL: live.simulator.lever.origin });
  });
  afterAll(async () => {
    await browser?.close();
    await live.close();
  });

  /** Our tags on the page, once one of them says that. */
  function tagOnPage(word: string): Promise<string[]> {
    return eventually(`Lever’s page says ${word}`, async () => {
      await lever.reload();
      const tags = await lever.getByTestId('tags').getByTestId('tag').allInnerTexts();
      const ours = tags.map((tag) => tag.replace(/\s*×?\s*$/, '')).filter((tag) => tag !== TAG);
      return ours.some((tag) => tag.endsWith(`: ${word}`)) ? ours : undefined;
    });
  }

  it('tag after tag, and the note', async () => {
    const id = live.candidate('Ada Clicked');
    const daemon = await live.serve();
    await lever.goto('/');
    await lever.getByLabel('Stage of Ada Clicked').selectOption('Take-home');
    await lever
      .getByTestId('card')
      .filter({ hasText: 'Ada Clicked' })
      .getByTestId('move-button')
      .click();
    await live.deliver(daemon, id);
    await lever.goto(`/candidates/${id}`);
    expect(await tagOnPage('invited')).toEqual([`${TAG}: invited`]);
    const [challenge] = await Promise.all([
      lever.waitForEvent('popup'),
      lever.getByTestId('link').getByRole('link').click(),
    ]);
    await challenge.getByTestId('start').click();
    expect(await tagOnPage('started')).toEqual([`${TAG}: started`]);
    await challenge.getByTestId('commit').click();
    expect(await lever.getByTestId('note').count()).toBe(0);
    await challenge.getByTestId('submit').click();
    expect(await tagOnPage('submitted')).toEqual([`${TAG}: submitted`]);
    const note = lever.getByTestId('note').filter({ hasText: '“Backend API” was submitted on' });
    await eventually('the note is there', async () => {
      await lever.reload();
      return (await note.count()) > 0 ? true : undefined;
    });
    await challenge.getByTestId('mark-reviewed').click();
    expect(await tagOnPage('reviewed')).toEqual([`${TAG}: reviewed`]);
    expect(await lever.getByTestId('note').count()).toBe(1);
    expect(live.simulator.codesubmit.forbiddenCalls).toEqual([]);
  });
});
