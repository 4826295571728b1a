// Lever's Data API as far as the acceptance tests need it, written only from its documentation.
import { randomBytes, randomUUID } from 'node:crypto';
import { bodyOf, FakeVendor, json, type Call, type Reply } from './fake-vendor.js';

export interface Opportunity {
  readonly id: string;
  contact: string;
  name: string;
  emails: string[];
  tags: string[];
  stage: string;
  readonly createdAt: number;
  /** Set by every move. */
  lastAdvancedAt: number;
  /** The first is the creation. */
  stageChanges: {
    toStageId: string;
    toStageIndex: number;
    userId: string | null;
    updatedAt: number;
  }[];
}

/** The `data` of a candidateStageChange. */
export interface Move {
  readonly opportunityId: string;
  readonly contactId: string;
  readonly candidateId: string;
  readonly toStageId: string;
  readonly fromStageId: string;
}

type Fields = Record<string, unknown>;

/**
 * A list is ordered by the stage’s rank, then by who advanced last; `next` contains the first key
 * of the next page.
 */
type Key = readonly [rank: number, lastAdvancedAt: number, id: string];

function compareKeys(a: Key, b: Key): number {
  return a[0] - b[0] || b[1] - a[1] || (a[2] < b[2] ? -1 : Number(a[2] > b[2]));
}

export class FakeLever extends FakeVendor {
  apiKey = `lever-${randomBytes(20).toString('hex')}`;
  readonly stages = [
    { id: 'lead-new', text: 'New lead' },
    { id: 'lead-reached-out', text: 'Reached out' },
    { id: 'applicant-new', text: 'New applicant' },
    { id: '3c5a1b2e-7f7d-4d0e-9a54-2f1f0a6c11aa', text: 'Phone screen' },
    { id: '8d2e4f60-1c3b-4a5d-8e7f-90a1b2c3d4e5', text: 'Coding challenge' },
    { id: 'b7c8d9e0-f1a2-4b3c-9d4e-5f6a7b8c9d0e', text: 'Second challenge' },
    { id: 'offer', text: 'Offer' },
  ];
  readonly opportunities = new Map<string, Opportunity>();
  readonly users = [{ id: randomUUID(), name: 'Robin Recruiter', email: 'robin@example.com' }];
  readonly #links = new Map<string, string[]>();
  readonly #offsets = new Map<string, { filters: string; from: Key }>();

  constructor() {
    super();
    this.route('GET /v1/stages', () => json(200, page(this.stages)));
    this.route('GET /v1/users', () => json(200, page(this.users.map(userRecord))));
    this.route('GET /v1/tags', () => json(200, page(this.#tagsInUse())));
    this.route('GET /v1/webhooks', () => json(200, page([])));
    this.route('GET /v1/postings', () => json(200, page([])));
    this.route('GET /v1/opportunities', (call) => this.#list(call));
    this.route('GET /v1/opportunities/deleted', () => json(200, page([])));
    this.route('GET /v1/opportunities/:id', (call) =>
      this.#withOpportunity(call, (one) => json(200, { data: this.#record(one, call) })),
    );
    this.route('POST /v1/opportunities/:id/addLinks', (call) => this.#addLinks(call));
  }

  get apiUrl(): string {
    return `${this.origin}/v1`;
  }

  stageId(name: string): string {
    const stage = this.stages.find(({ text }) => text === name);
    if (stage === undefined) throw new Error(`no stage named ${name}`);
    return stage.id;
  }

  /** A candidate in "New applicant", unless another stage is given. */
  add(fields: Partial<Opportunity> & { name: string; emails: string[] }): Opportunity {
    const now = Date.now();
    const opportunity: Opportunity = {
      id: randomUUID(),
      contact: randomUUID(),
      tags: [],
      stage: 'applicant-new',
      createdAt: now,
      lastAdvancedAt: fields.createdAt ?? now,
      stageChanges: [],
      ...fields,
    };
    if (opportunity.stageChanges.length === 0) {
      opportunity.stageChanges.push(this.#changeTo(opportunity.stage, opportunity.createdAt, null));
    }
    this.opportunities.set(opportunity.id, opportunity);
    return opportunity;
  }

  /** Moves it like a recruiter. */
  move(opportunity: Opportunity, stageId: string): Move {
    const fromStageId = opportunity.stage;
    opportunity.stage = stageId;
    opportunity.lastAdvancedAt = Math.max(Date.now(), opportunity.lastAdvancedAt + 1);
    const mover = this.users[0]?.id ?? '';
    opportunity.stageChanges.push(this.#changeTo(stageId, opportunity.lastAdvancedAt, mover));
    return {
      opportunityId: opportunity.id,
      contactId: opportunity.contact,
      candidateId: randomUUID(),
      toStageId: stageId,
      fromStageId,
    };
  }

  #changeTo(toStageId: string, updatedAt: number, userId: string | null) {
    const toStageIndex = this.stages.findIndex(({ id }) => id === toStageId);
    return { toStageId, toStageIndex, userId, updatedAt };
  }

  linksOf(opportunity: Opportunity): string[] {
    return [...(this.#links.get(opportunity.contact) ?? [])];
  }

  /** How often this opportunity was read alone. */
  readsOf({ id }: Opportunity): number {
    return this.callsOf('GET /v1/opportunities/:id').filter((call) => parameter(call) === id)
      .length;
  }

  protected refuse(call: Call): Reply | undefined {
    const expected = `Basic ${Buffer.from(`${this.apiKey}:`).toString('base64')}`;
    return call.headers.authorization === expected
      ? undefined
      : json(401, { code: 'Unauthorized', message: 'Unauthorized' });
  }

  protected unknownRoute(): Reply {
    return notFound();
  }

  #withOpportunity(call: Call, answer: (opportunity: Opportunity) => Reply): Reply {
    const opportunity = this.opportunities.get(parameter(call));
    return opportunity === undefined ? notFound() : answer(opportunity);
  }

  #list(call: Call): Reply {
    const filters = filterKey(call.query);
    const limit = Number(call.query.get('limit') ?? '100');
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) return badRequest('Invalid limit');
    const token = call.query.get('offset');
    const start = token === null ? { filters, from: undefined } : this.#offsets.get(token);
    if (start?.filters !== filters) return badRequest('Invalid offset token');
    const { from } = start;
    const left = [...this.opportunities.values()]
      .filter((opportunity) => this.#matches(opportunity, call.query))
      .map((opportunity) => ({ opportunity, key: this.#keyOf(opportunity) }))
      .filter(({ key }) => from === undefined || compareKeys(key, from) >= 0)
      .sort((a, b) => compareKeys(a.key, b.key));
    const data = left.slice(0, limit).map(({ opportunity }) => this.#record(opportunity, call));
    const following = left[limit];
    if (following === undefined) return json(200, { data, hasNext: false });
    const next = encodeURIComponent(JSON.stringify(following.key));
    this.#offsets.set(next, { filters, from: following.key });
    return json(200, { data, hasNext: true, next });
  }

  #keyOf({ id, stage, lastAdvancedAt }: Opportunity): Key {
    return [this.stages.findIndex((one) => one.id === stage), lastAdvancedAt, id];
  }

  #matches(opportunity: Opportunity, query: URLSearchParams): boolean {
    const among = (name: string, values: string[]) => {
      const wanted = query.getAll(name);
      return wanted.length === 0 || wanted.some((value) => values.includes(value));
    };
    const since = Number(query.get('advanced_at_start') ?? '0');
    return (
      among('stage_id', [opportunity.stage]) &&
      among('email', opportunity.emails) &&
      query.get('archived') !== 'true' &&
      opportunity.lastAdvancedAt >= since
    );
  }

  #record(opportunity: Opportunity, call: Call): Fields {
    const expand = new Set(call.query.getAll('expand'));
    const stage = this.stages.find(({ id }) => id === opportunity.stage);
    return {
      id: opportunity.id,
      name: opportunity.name,
      contact: expand.has('contact')
        ? { id: opportunity.contact, name: opportunity.name, emails: opportunity.emails }
        : opportunity.contact,
      headline: 'Example Ltd, Sample Inc',
      stage: expand.has('stage') ? stage : opportunity.stage,
      confidentiality: 'non-confidential',
      location: '',
      emails: opportunity.emails,
      phones: [{ type: 'mobile', value: '+1 555 0100' }],
      links: this.linksOf(opportunity),
      tags: opportunity.tags,
      sources: ['Referral'],
      origin: 'applied',
      sourcedBy: null,
      owner: null,
      followers: [],
      applications: [],
      archived: null,
      stageChanges: opportunity.stageChanges,
      createdAt: opportunity.createdAt,
      updatedAt: null,
      lastAdvancedAt: opportunity.lastAdvancedAt,
      lastInteractionAt: opportunity.createdAt,
      snoozedUntil: null,
      urls: {
        list: 'https://hire.lever.co/candidates',
        show: `https://hire.lever.co/candidates/${opportunity.id}`,
      },
      isAnonymized: false,
      dataProtection: null,
      fieldOfTomorrow: { nested: [1, 'two', null] },
    };
  }

  #addLinks(call: Call): Reply {
    return this.#withOpportunity(call, (opportunity) => {
      const links = strings(bodyOf(call).links);
      if (links === undefined) return badRequest('links must be an array of strings');
      // Whether Lever duplicates an existing link is unknown: we assume the worst.
      this.#links.set(opportunity.contact, [...this.linksOf(opportunity), ...links]);
      return json(200, { data: this.#record(opportunity, call) });
    });
  }

  #tagsInUse(): { text: string; count: number }[] {
    const counts = new Map<string, number>();
    for (const { tags } of this.opportunities.values()) {
      for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    }
    return [...counts].map(([text, count]) => ({ text, count }));
  }
}

function userRecord(user: { id: string; name: string; email: string }): Fields {
  return { ...user, username: 'robin', accessRole: 'super admin', deactivatedAt: null };
}

function filterKey(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'offset' && name !== 'limit')
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&');
}

function parameter(call: Call): string {
  return call.parameters[0] ?? '';
}

function page(data: readonly unknown[]): Fields {
  return { data, hasNext: false };
}

function notFound(): Reply {
  return json(404, { code: 'ResourceNotFound', message: 'The resource was not found' });
}

function badRequest(message: string): Reply {
  return json(400, { code: 'BadRequest', message });
}

function strings(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value as unknown[];
  return items.every((item) => typeof item === 'string') ? items : undefined;
}
