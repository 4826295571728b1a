/** What the model knew, in sentences. Imports nothing from the program. */
import type { Candidate, Due, Order, World } from './records.js';

/** What Lever showed until then, and what was due by it. */
export interface Shown {
  world: World;
  due: Due;
}

/** Why nothing that was shown allowed it; equal neighbours are told once. */
export function tellUnwarranted(
  what: string,
  decidedAt: number,
  candidate: Candidate,
  shown: readonly Shown[],
  order: Order | undefined,
): string {
  const told: string[] = [];
  for (const one of shown) {
    const text = tellShown(candidate, one);
    if (told.at(-1)?.endsWith(text) !== true) told.push(`Until ${timeOf(one.world.until)} ${text}`);
  }
  const asked = order
    ? `\nAn admin had requested it, in ${order.stage} since ${timeOf(order.visitAt)}.`
    : '';
  return `${what} went out unwarranted. It was decided at ${timeOf(decidedAt)}.${asked}\n${told.join('\n')}`;
}

function tellShown({ name, contact, posting, facts }: Candidate, { world, due }: Shown): string {
  const { stage, visitAt, ownTags, removedTags, ...now } = world.candidates.get(name) ?? facts;
  const inherited = posting === null ? [] : (world.postingTags.get(posting) ?? []);
  const tags = [...ownTags, ...inherited].filter((tag) => !removedTags.includes(tag));
  const email = world.emails.get(contact) ?? null;
  const parts = [
    `in ${stage} since ${timeOf(visitAt)}`,
    tags.length > 0 ? `with ${tags.join(' and ')}` : 'without tags',
    email === null ? 'without an address' : `at ${email}`,
    now.isArchived && 'archived',
    now.goneAt !== null && `gone since ${timeOf(now.goneAt)}`,
    now.forgotten === visitAt && 'forgotten',
  ].filter((part) => part !== false);
  return `${name} was ${parts.join(', ')}: ${tellDue(due)}.`;
}

function tellDue(due: Due): string {
  if (due.kind === 'nothing') return `nothing was due (${due.why})`;
  const { rule, obstacles } = due;
  const what = rule
    ? `${rule.challenge} was due by the rule for ${rule.tag} in ${rule.stage}`
    : 'several rules matched';
  return obstacles.length > 0 ? `${what}, but held (${obstacles.join(', ')})` : what;
}

/** `10:40:12.500`, with the day. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(5, 23).replace('T', ' ');
}
