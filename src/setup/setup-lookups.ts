/** What the wizard reads from Lever and CodeSubmit while it asks. */
import { DAY_MS, type Clock } from '../domain/clock.js';
import type { Challenge, SentChallenge } from '../domain/codesubmit-port.js';
import type { StageId } from '../domain/ids.js';
import { isCandidateLink } from '../vendors/codesubmit/codesubmit-records.js';
import type { RowShape } from '../vendors/codesubmit/row-shape.js';
import { scopesOf } from '../vendors/lever/login/login-settings.js';
import { needsOf, type ScopeNeed } from '../vendors/lever/login/scopes.js';
import { readListRows } from './row-shape-words.js';
import type { Stage } from './rules/activate-rules.js';
import type { SetupSession } from './setup-session.js';
import type { LeverFound } from './vendor-checks.js';

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
  challenges: Challenge[];
}

const MAX_SENT_LOOKED_AT = 500;
const RECENT_MS = 30 * DAY_MS;

async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch {
    // A right needed only for convenience; the wizard works without.
    return null;
  }
}

export class SetupLookups {
  constructor(
    private readonly session: SetupSession,
    private readonly clock: Clock,
  ) {}

  // Lever. Functions that read the stored Lever throw `not_set_up` without one, and `ApiError`.

  async look({ client, stages, seesConfidential }: LeverFound): Promise<LeverLook> {
    const users = await orNull(client.listUsers());
    const tags = await orNull(client.listTags());
    const active = users?.filter(({ isActive }) => isActive) ?? null;
    return { stages, users: active, tags, seesConfidential };
  }

  /** Undefined if no Lever is stored, or it no longer accepts the login. */
  async findLever(): Promise<LeverLook | undefined> {
    const found = await this.session.findLever();
    return found && this.look(found);
  }

  /** The scopes a login asks for, each with the feature that needs it. */
  scopesAskedFor(isConfidentialWanted: boolean): ScopeNeed[] {
    return needsOf(scopesOf(this.session.stored.settings(), isConfidentialWanted));
  }

  /** The tags in use in Lever now; null if they may not be read. */
  async readTags(): Promise<string[] | null> {
    return orNull(this.session.checks.lever().then((lever) => lever.listTags()));
  }

  /** How many candidates are in the stage now. */
  async countPeople(stageId: string): Promise<number> {
    const lever = await this.session.checks.lever();
    let people = 0;
    for await (const page of lever.listStage(stageId as StageId)) {
      people += page.opportunities.length;
    }
    return people;
  }

  /** How many of them came in the last 30 days, and for how many postings. */
  async countRecent(stageId: string): Promise<{ people: number; postings: number }> {
    const lever = await this.session.checks.lever();
    const advancedSince = this.clock.now() - RECENT_MS;
    const options = { advancedSince, withPostings: true };
    const postings = new Set<string>();
    let people = 0;
    for await (const page of lever.listStage(stageId as StageId, options)) {
      people += page.opportunities.length;
      for (const { postingId } of page.opportunities)
        if (postingId !== null) postings.add(postingId);
    }
    return { people, postings: postings.size };
  }

  // CodeSubmit.

  /** Checks the key and stores it. Throws `ApiError`. */
  async answerCodeSubmitKey(key: string): Promise<CodeSubmitLook> {
    const look = await this.#lookAtCodeSubmit(key);
    await this.session.answerCodeSubmitKey(key);
    return look;
  }

  /** The stored CodeSubmit; undefined without one. */
  async findCodeSubmit(): Promise<CodeSubmitLook | undefined> {
    const key = this.session.stored.secret('codesubmit_api_key');
    return key === undefined ? undefined : this.#lookAtCodeSubmit(key);
  }

  async #lookAtCodeSubmit(key: string): Promise<CodeSubmitLook> {
    const codesubmit = this.session.checks.codesubmit(key);
    const account = await codesubmit.checkKey();
    return { account, challenges: await codesubmit.listChallenges() };
  }

  /** How many challenges were sent so far, and how many of them show a candidate's link. */
  async countLinks(): Promise<{ sent: number; withLink: number }> {
    const rows = await this.#sentBefore();
    return { sent: rows.length, withLink: rows.filter(({ link }) => link !== null).length };
  }

  /**
   * Learns the form of links from one candidate's link, which contains the ids of a sent challenge.
   * Stores and returns the template; undefined for what isn't the link of a sent challenge.
   */
  async learnLink(link: string): Promise<string | undefined> {
    const { codesubmitUrl } = this.session.stored.settings();
    if (!isCandidateLink(link, codesubmitUrl)) return undefined;
    const rows = await this.#sentBefore();
    const row = rows.find(({ id }) => id !== null && link.includes(id));
    if (row?.id === undefined || row.id === null) return undefined;
    const withId = link.replace(row.id, '{id}');
    const [challengeId] = row.challenge.ids;
    const linkTemplate =
      challengeId === undefined ? withId : withId.replace(challengeId, '{test.id}');
    await this.session.changeSettings({ linkTemplate, linkPath: null });
    return linkTemplate;
  }

  /** Whether CodeSubmit's list shows who was sent what and when, and other fields that may. */
  async readRowShape(): Promise<RowShape | undefined> {
    const key = this.session.stored.secret('codesubmit_api_key');
    if (key === undefined) return undefined;
    const codesubmit = this.session.checks.codesubmit(key);
    return readListRows(codesubmit, await codesubmit.listChallenges());
  }

  /** The first pages of sent challenges only, not the whole history. */
  async #sentBefore(): Promise<SentChallenge[]> {
    const key = this.session.stored.secret('codesubmit_api_key');
    if (key === undefined) return [];
    const rows: SentChallenge[] = [];
    const codesubmit = this.session.checks.codesubmit(key);
    let page = await codesubmit.readSentPage(null);
    rows.push(...page.rows);
    while (page.next !== null && rows.length < MAX_SENT_LOOKED_AT) {
      page = await codesubmit.readSentPage(page.next);
      rows.push(...page.rows);
    }
    return rows;
  }
}
