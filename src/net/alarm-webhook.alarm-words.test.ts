// The text of an alarm.
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { alarmText } from './alarm-webhook.js';

const LEAD = `codesubmit-lever on ${hostname()}`;

it('an alarm says what is wrong and how to fix it, and later that it is resolved', () => {
  const alarm = { what: 'CodeSubmit refused one challenge', fix: 'Run: codesubmit-lever status' };
  expect(alarmText(alarm)).toBe(
    `${LEAD}: CodeSubmit refused one challenge. Run: codesubmit-lever status`,
  );
  expect(alarmText({ isOver: true, ...alarm })).toBe(
    `${LEAD}: resolved: CodeSubmit refused one challenge`,
  );
});

it.each([
  ['“<!channel>” is gone', '“‹!channel›” is gone'],
  ['see https://hooks.example.com/a/secret?x=1 there', 'see (a link) there'],
  ['ada.fictional@example.com was refused', '(an e-mail address) was refused'],
  ['“robin@example.com”', '“(an e-mail address)”'],
  ['two\nlines', 'two lines'],
  ['@channel and &lt;!here&gt;', '＠channel and ＆lt;!here＆gt;'],
  ['\u001b]0;x\u0007 \u202Eback', '\\u001b]0;x\\u0007 \\u202eback'],
])('of %j only %j leaves the program', (what, told) => {
  expect(alarmText({ isOver: true, what, fix: '' })).toBe(`${LEAD}: resolved: ${told}`);
});
