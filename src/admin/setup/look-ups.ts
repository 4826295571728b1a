/** What the setup session reads from Lever and CodeSubmit while it asks. */
import { DAY_MS } from '../../domain/clock.js';
import type { OfferedChallenge, SentChallenge } from '../../domain/vendor-ports.js';
import { nearness, spell } from '../../domain/decide/match-rule.js';
import type { StageId } from '../../domain/ids.js';
import { ANY_TAG, hasTag, prefixOf } from '../../domain/rule.js';
import type { NewRule } from '../../store/rule-store.js';
import { isCandidateLink } from '../../codesubmit/codesubmit-records.js';
import type { RowShape } from '../../codesubmit/row-shape.js';
import { scopesOf, needsOf, type ScopeNeed } from '../../lever/login-settings.js';
import { changeSettings, findSecret } from './answers.js';
import { readListRows } from './row-shape-words.js';
import type { Stage } from './rules/activate-rules.js';
import type { App } from '../app.js';
import { openCodeSubmit, openLever, type LeverFound } from './vendor-checks.js';

export interface LeverLook {
  stages: Stage[];
  /** The active users; null if the key may not list them. */
  users: { id: string; name: string }[] | null;
  tags: string[] | null;
  seesConfidential: boolean;
}

export interface CodeSubmitLook {
  /** The label of the key. */
  account: string;
  challenges: OfferedChallenge[];
}

const MAX_SENT_LOOKED_AT = 500;
const RECENT_MS = 30 * DAY_MS;

async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch {
    // A right needed only for convenience; the session works without.
    return null;
  }
}

// Lever. Functions that read the stored Lever throw `not_set_up` without one, and `ApiError`.

export async function lookAtLever(found: LeverFound): Promise<LeverLook> {
  const { client, stages, seesConfidential } = found;
  const users = await orNull(client.listUsers());
  const tags = await orNull(client.listTags());
  const active = users?.filter(({ isActive }) => isActive) ?? null;
  return { stages, users: active, tags, seesConfidential };
}

/** The scopes a login asks for, each with the feature that needs it. */
export function scopesAskedFor({ configuration }: App): ScopeNeed[] {
  return needsOf(scopesOf(configuration.settings(), false));
}

/** The tags in use in Lever now; null if they may not be read. */
function readTags(app: App): Promise<string[] | null> {
  return orNull(openLever(app).then((lever) => lever.listTags()));
}

/** A tag in Lever that this one is probably a typo of. */
export function findNearTag(known: readonly string[], tag: string): string | undefined {
  const spelled = spell(tag);
  return known
    .map((one) => ({ one, far: nearness(spelled, spell(one)) }))
    .filter(({ far }) => far !== undefined)
    .toSorted((a, b) => (a.far ?? 0) - (b.far ?? 0))[0]?.one;
}

/** What is odd about the tags of new rules; nothing where Lever's may not be read. */
export async function findUnknownTags(app: App, rules: readonly NewRule[]): Promise<string[]> {
  const wanted = rules
    .map(({ tag }) => tag)
    .filter((tag) => tag !== ANY_TAG && prefixOf(tag) === undefined);
  const known = wanted.length === 0 ? null : await readTags(app);
  if (known === null) return [];
  return wanted
    .filter((tag) => !hasTag(known, tag))
    .map((tag) => {
      const near = findNearTag(known, tag);
      const meant = near === undefined ? '' : ` Did you mean ${near}?`;
      return `Lever doesn’t have the tag ${tag} yet.${meant}`;
    });
}

/** How many candidates are in the stage now. */
export async function countPeople(app: App, stageId: string): Promise<number> {
  const lever = await openLever(app);
  let people = 0;
  for await (const page of lever.listStage(stageId as StageId)) people += page.opportunities.length;
  return people;
}

/** How many of them came in the last 30 days, and for how many postings. */
export async function countRecent(
  app: App,
  stageId: string,
): Promise<{ people: number; postings: number }> {
  const lever = await openLever(app);
  const options = { advancedSince: app.clock.now() - RECENT_MS, withPostings: true };
  const postings = new Set<string>();
  let people = 0;
  for await (const page of lever.listStage(stageId as StageId, options)) {
    people += page.opportunities.length;
    for (const { postingId } of page.opportunities) if (postingId !== null) postings.add(postingId);
  }
  return { people, postings: postings.size };
}

// CodeSubmit.

export async function lookAtCodeSubmit(app: App, key: string): Promise<CodeSubmitLook> {
  const codesubmit = openCodeSubmit(app, key);
  const account = await codesubmit.checkKey();
  return { account, challenges: await codesubmit.listChallenges() };
}

/** How many challenges were sent so far, and how many of them show a candidate's link. */
export async function countLinks(app: App): Promise<{ sent: number; withLink: number }> {
  const rows = await sentBefore(app);
  return { sent: rows.length, withLink: rows.filter(({ link }) => link !== null).length };
}

/**
 * Learns the form of links from one candidate's link, which contains the ids of a sent challenge.
 * Stores and returns the template; undefined for what isn't the link of a sent challenge.
 */
export async function learnLink(app: App, link: string): Promise<string | undefined> {
  const { codesubmitUrl } = app.configuration.settings();
  if (!isCandidateLink(link, codesubmitUrl)) return undefined;
  const rows = await sentBefore(app);
  const row = rows.find(({ id }) => id !== null && link.includes(id));
  if (row?.id === undefined || row.id === null) return undefined;
  const withId = link.replace(row.id, '{id}');
  const [challengeId] = row.challenge.ids;
  const linkTemplate =
    challengeId === undefined ? withId : withId.replace(challengeId, '{test.id}');
  await changeSettings(app, { linkTemplate, linkPath: null });
  return linkTemplate;
}

/** Whether CodeSubmit's list shows who was sent what and when, and other fields that may. */
export async function readRowShape(app: App): Promise<RowShape | undefined> {
  const key = findSecret(app, 'codesubmit_api_key');
  if (key === undefined) return undefined;
  const codesubmit = openCodeSubmit(app, key);
  return readListRows(codesubmit, await codesubmit.listChallenges());
}

/** The first pages of sent challenges only, not the whole history. */
async function sentBefore(app: App): Promise<SentChallenge[]> {
  const key = findSecret(app, 'codesubmit_api_key');
  if (key === undefined) return [];
  const codesubmit = openCodeSubmit(app, key);
  let page = await codesubmit.readSentPage(null);
  const rows = [...page.rows];
  while (page.next !== null && rows.length < MAX_SENT_LOOKED_AT) {
    page = await codesubmit.readSentPage(page.next);
    rows.push(...page.rows);
  }
  return rows;
}
