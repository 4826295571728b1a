// How the simulated CodeSubmit API shows an invitation; switches decide the unknown parts.
import type { Invitation } from './codesubmit-records.js';
import { progressWords } from './codesubmit-switches.js';
import type { CodeSubmitWorld } from './codesubmit-world.js';

type Shown = Record<string, unknown>;

/**
 * An invitation as a record of the API: the answer to a POST (`reply`), or a row of the list. The link may be in one of
 * them, in both or in neither.
 */
export function showInvitation(
  world: CodeSubmitWorld,
  invitation: Invitation,
  place: 'reply' | 'list',
): Shown {
  const { switches } = world;
  const { id, firstName, lastName, progress, createdAt } = invitation;
  const isBare = place === 'reply' && switches.replyId === 'absent';
  const shown: Shown = {
    ...(isBare ? {} : { id }),
    ...emailOf(world, invitation, place),
    first_name: firstName,
    last_name: lastName,
    full_name: `${firstName} ${lastName}`,
    status: invitation.rawStatus ?? progressWords.indexOf(progress) + 1,
    commits_count: invitation.commitsCount,
    ...dateOf(world, createdAt),
    due_at: invitation.dueAt ?? null,
    time_limit: invitation.timeLimit ?? null,
    ...(hasResult(world, invitation) ? { score: 87 } : {}),
    candidate_meta: metaOf(world, invitation),
    ...testOf(world, invitation, place),
    added_later: { by: 'the simulator' },
  };
  const isLinked = switches.linkIn === 'reply-and-list' || switches.linkIn === place;
  if (isLinked) putAt(shown, switches.linkField.split('.'), linkOf(world, invitation));
  return shown;
}

/** The address that the candidate gets: `ORIGIN/c/COMPANY/UUID/UUID`. */
export function linkOf(world: CodeSubmitWorld, { id, testId }: Invitation): string {
  return `${world.origin}/c/${world.company}/${testId}/${id}`;
}

/** The fields that show the address. In the list the switch `rowEmail` sets their form, in a reply `replyNames`. */
function emailOf(world: CodeSubmitWorld, { email }: Invitation, place: 'reply' | 'list'): Shown {
  const kept = rewrittenEmail(world, email);
  const masked = kept.replace(/^(.).*@/, '$1***@');
  const ways = {
    whole: { email: kept },
    absent: {},
    nested: { candidate: { email: kept } },
    masked: { email: masked },
  };
  if (place === 'list') return ways[world.switches.rowEmail];
  return world.switches.replyNames === 'other-email' ? { email: 'other@example.com' } : ways.whole;
}

/** The fields that show the challenge. In the list the switch `rowTest` sets their form, in a reply `replyNames`. */
function testOf(world: CodeSubmitWorld, invitation: Invitation, place: 'reply' | 'list'): Shown {
  const index = world.tests.findIndex(({ id }) => id === invitation.testId);
  const ways = {
    object: { test: showTestOf(world, invitation) },
    name: { test: world.tests[index]?.name ?? null },
    id: { test: invitation.testId },
    'other-id': { test: 9_000 + index },
    absent: {},
    nested: { assignment: { title: world.tests[index]?.name ?? null } },
  };
  if (place === 'list') return ways[world.switches.rowTest];
  const other = world.tests.find(({ id }) => id !== invitation.testId)?.id ?? '';
  const isOther = world.switches.replyNames === 'other-test';
  return isOther ? { test: showTestOf(world, { ...invitation, testId: other }) } : ways.object;
}

/** The fields that show when it was created, in the form that the switch `createdAt` sets. */
function dateOf({ switches }: CodeSubmitWorld, createdAt: number): Shown {
  const iso = new Date(createdAt).toISOString();
  const ways = {
    present: { created_at: iso },
    absent: {},
    'no-zone': { created_at: iso.slice(0, 19) },
    'date-only': { created_at: iso.slice(0, 10) },
    nested: { sending: { invited_at: iso } },
    ahead: { created_at: new Date(createdAt + 7_200_000).toISOString() },
  };
  return ways[switches.createdAt];
}

/**
 * The address as CodeSubmit stores it, by the switch `emailRewrite`: it may drop case, a plus-part, and Gmail's dots.
 */
function rewrittenEmail({ switches }: CodeSubmitWorld, email: string): string {
  if (switches.emailRewrite === 'none') return email;
  const [name = '', domain = ''] = email.toLowerCase().split('@');
  if (switches.emailRewrite === 'lower-case') return `${name}@${domain}`;
  const [plain = ''] = name.split('+');
  const hasDots = switches.emailRewrite === 'without-plus' || domain !== 'gmail.com';
  return `${hasDots ? plain : plain.replaceAll('.', '')}@${domain}`;
}

/** Whether the record shows a score and a report by now: from the progress that the switch `resultFrom` names. */
function hasResult({ switches }: CodeSubmitWorld, { progress }: Invitation): boolean {
  const done = { never: [], submitted: ['submitted', 'reviewed'], reviewed: ['reviewed'] };
  return (done[switches.resultFrom] as string[]).includes(progress);
}

/** The fields beside the link in `candidate_meta`: addresses that must not be taken for the link. */
function metaOf(world: CodeSubmitWorld, invitation: Invitation): Shown {
  const { misleadingLinks } = world.switches;
  const { id } = invitation;
  if (!misleadingLinks && !hasResult(world, invitation)) return {};
  const foreign = `https://elsewhere.example/c/${world.company}/${id}/${id}`;
  return {
    report_url: `${world.origin}/reports/${id}`,
    ...(misleadingLinks ? { docs_url: foreign } : {}),
  };
}

/** The invitation's challenge as a record. */
function showTestOf(world: CodeSubmitWorld, { testId }: Invitation): Shown {
  const { misleadingLinks } = world.switches;
  const name = world.tests.find(({ id }) => id === testId)?.name ?? null;
  const url = `${world.origin}/tests/${testId}`;
  return { id: testId, name, ...(misleadingLinks ? { url } : {}) };
}

/** Writes a value at a path, creating objects on the way. */
function putAt(target: Shown, path: string[], value: string): void {
  const [field = '', ...rest] = path;
  if (rest.length === 0) {
    target[field] = value;
    return;
  }
  const present = target[field];
  const inner = typeof present === 'object' && present !== null ? (present as Shown) : {};
  target[field] = inner;
  putAt(inner, rest, value);
}
