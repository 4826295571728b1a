import { expect, it } from 'vitest';
import type { ChallengeNames } from '../domain/codesubmit-port.js';
import { SENT_PATHS } from './codesubmit-records.js';
import { isShown, readRowShape, ROW_PARTS } from './row-shape.js';

const isChallenge = ({ ids, names }: ChallengeNames) =>
  ids.includes('7') || names.includes('Backend');
const parts = (rows: object[], sent = {}) => {
  const shape = readRowShape(rows as Record<string, unknown>[], isChallenge, {
    ...SENT_PATHS,
    ...sent,
  });
  return { found: ROW_PARTS.filter((part) => isShown(shape, part)), proposed: shape.proposed };
};

it('finds what is where the reference says', () => {
  const row = { email: 'ada@example.com', test: { id: 7 }, created_at: '2026-09-01T10:00:00Z' };
  expect(parts([row, row])).toEqual({ found: [...ROW_PARTS], proposed: {} });
});

it('suggests other places, never another event’s date', () => {
  const row = {
    ...{ email: 'a***@example.com', test: 99, updated_at: '2026-09-02T10:00:00Z' },
    candidate: { email: 'ada@example.com' },
    assignment: { title: { text: 'Backend' } },
    meta: { invited_at: '2026-09-01T10:00:00Z' },
  };
  const proposed = {
    email: 'candidate.email',
    challenge: 'assignment.title.text',
    date: 'meta.invited_at',
  };
  expect(parts([row])).toEqual({ found: [], proposed });
  const paths = { email: proposed.email, challenge: proposed.challenge, createdAt: proposed.date };
  expect(parts([row], paths)).toEqual({ found: [...ROW_PARTS], proposed: {} });
});

it('suggests nothing where nothing is shown, and expects nothing of an empty list', () => {
  expect(parts([{ id: 1 }])).toEqual({ found: [], proposed: {} });
  expect(parts([])).toEqual({ found: [...ROW_PARTS], proposed: {} });
});
