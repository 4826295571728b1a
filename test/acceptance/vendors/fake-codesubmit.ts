// CodeSubmit's four routes, written only from the third-party reference; unkind where it leaves
// room.
import { randomBytes, randomUUID } from 'node:crypto';
import { bodyOf, FakeVendor, json, type Call, type Reply } from './fake-vendor.js';
import { documentedForm, type ListForm } from './list-form.js';

export interface Challenge {
  readonly id: string;
  readonly name: string;
}

export interface SentChallenge {
  readonly id: string;
  readonly testId: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly createdAt: string;
  readonly link: string;
}

type Fields = Record<string, unknown>;

export class FakeCodeSubmit extends FakeVendor {
  apiKey = `codesubmit-${randomBytes(20).toString('hex')}`;
  readonly challenges: Challenge[] = [
    { id: '4101', name: 'Backend: a parcel tracker' },
    { id: '4102', name: 'Frontend: a seating plan' },
    { id: '4103', name: 'General: a small parser' },
  ];
  /** Everything that was sent, oldest first. A second POST for a pair creates a second one. */
  readonly sent: SentChallenge[] = [];
  /** Addresses rejected as invalid. */
  readonly refusedEmails = new Set<string>();
  form: ListForm = documentedForm;

  constructor() {
    super();
    this.route('GET /api/external/me', () => json(200, { me: 'Example Workspace' }));
    this.route('GET /api/external/tests', (call) =>
      this.#page(
        call,
        this.challenges.map((challenge) => ({ ...challenge, kind: 'take-home' })),
        documentedForm,
      ),
    );
    this.route('GET /api/external/candidates', (call) => this.#list(call));
    this.route('POST /api/external/candidates', (call) => this.#send(call));
  }

  /** What was sent to any of these addresses, ignoring case. */
  sentTo(emails: readonly string[]): SentChallenge[] {
    const wanted = new Set(emails.map((email) => email.toLowerCase()));
    return this.sent.filter(({ email }) => wanted.has(email.toLowerCase()));
  }

  /** The POSTs for these addresses, whatever became of them. */
  postsFor(emails: readonly string[]): Call[] {
    const wanted = new Set(emails.map((email) => email.toLowerCase()));
    return this.callsOf('POST /api/external/candidates').filter((call) => {
      const email = bodyOf(call).email;
      return typeof email === 'string' && wanted.has(email.toLowerCase());
    });
  }

  /** Processes a POST under another address than requested. */
  sendAs(email: string, call: Call): void {
    this.#accept({ ...bodyOf(call), email });
  }

  /** An invitation created manually in CodeSubmit. */
  inviteByHand(email: string, testId: string, createdAt = new Date()): SentChallenge {
    const one = this.#accept({ test_id: testId, email, first_name: 'By', last_name: 'Hand' });
    const backdated = { ...one, createdAt: createdAt.toISOString() };
    this.sent.splice(this.sent.indexOf(one), 1, backdated);
    return backdated;
  }

  protected refuse(call: Call): Reply | undefined {
    return call.headers['x-api-key'] === this.apiKey
      ? undefined
      : json(401, { detail: 'Authentication credentials were not provided.' });
  }

  protected unknownRoute(): Reply {
    return json(404, { detail: 'Not found.' });
  }

  #send(call: Call): Reply {
    const body = bodyOf(call);
    const errors: Record<string, string[]> = {};
    for (const field of ['test_id', 'email', 'first_name', 'last_name']) {
      const value = body[field];
      if (typeof value !== 'string' || value.trim() === '')
        errors[field] = ['This field is required.'];
    }
    const email = String(body.email);
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || this.refusedEmails.has(email.toLowerCase())) {
      errors.email = ['Enter a valid email address.'];
    }
    if (!this.challenges.some(({ id }) => id === body.test_id)) {
      errors.test_id = [`Invalid pk "${String(body.test_id)}" - object does not exist.`];
    }
    if (Object.keys(errors).length > 0) return json(400, errors);
    return json(201, this.#record(this.#accept(body)));
  }

  #accept(body: Fields): SentChallenge {
    const one: SentChallenge = {
      id: randomUUID(),
      testId: String(body.test_id),
      email: String(body.email),
      firstName: String(body.first_name),
      lastName: String(body.last_name),
      createdAt: new Date().toISOString(),
      link: `${this.origin}/c/example/${randomUUID()}/${randomUUID()}`,
    };
    this.sent.push(one);
    return one;
  }

  #list(call: Call): Reply {
    const sent = this.form.order === 'oldest first' ? this.sent : this.sent.toReversed();
    return this.#page(
      call,
      sent.map((one) => this.#row(one)),
      this.form,
    );
  }

  /** A record in the list's format. */
  #row(one: SentChallenge): Fields {
    const known = this.challenges.find(({ id }) => id === one.testId);
    const { name, id } = known ?? { name: 'Removed', id: one.testId };
    const ways: Record<ListForm['challenge'], unknown> = { object: { name, id }, name, id };
    return { ...this.#record(one), test: ways[this.form.challenge] };
  }

  #record(one: SentChallenge): Fields {
    return {
      id: one.id,
      email: one.email,
      first_name: one.firstName,
      last_name: one.lastName,
      full_name: `${one.firstName} ${one.lastName}`,
      status: 1,
      commits_count: 0,
      created_at: one.createdAt,
      candidate_meta: { report: 'https://reports.example.com/c/not/this', url: one.link },
      test: this.challenges.find(({ id }) => id === one.testId) ?? { id: one.testId },
      field_of_tomorrow: [{}],
    };
  }

  #page(call: Call, rows: Fields[], { pageSize }: ListForm): Reply {
    const number = Number(call.query.get('page') ?? '1');
    const first = (number - 1) * pageSize;
    const more = first + pageSize < rows.length;
    return json(200, {
      count: rows.length,
      next: more ? `${this.origin}${call.path}?page=${String(number + 1)}` : null,
      previous: null,
      results: rows.slice(first, first + pageSize),
    });
  }
}
